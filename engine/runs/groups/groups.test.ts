import assert from "node:assert/strict";
import { test } from "node:test";
import type { GroupBy, GroupLine } from "../../api/groups.ts";
import type { RunQuery } from "../../api/runs.ts";
import { seeded } from "../../expressions/random.fixture.ts";
import { findBaseline } from "../baseline.ts";
import type { RunTable } from "../columns/runTable.ts";
import { coded } from "../runs.fixture.ts";
import { isSeed } from "../seeds.ts";
import { type MadeRun, tableOf } from "./groups.fixture.ts";
import { groupMembers, groupRuns, groupWindow } from "./window.ts";

const random = seeded(25);
const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] ?? of[0]!;

function randomRuns(count: number): MadeRun[] {
  return Array.from({ length: count }, () => {
    const params: Record<string, string> = { model: pick(["gbm", "linear"]), lr: pick(["0.1", "0.2"]), seed: String(Math.floor(random() * 4)) };
    if (random() < 0.3) params["depth"] = pick(["4", "6"]);
    const value = random() < 0.1 ? Number.NaN : Math.round(random() * 20) / 20;
    return {
      params,
      tags: random() < 0.5 ? { stage: pick(["a", "b"]) } : {},
      metrics: random() < 0.85 ? { val_f1: value } : {},
      status: random() < 0.8 ? "finished" : pick(["running", "failed"]),
      start: 1_000 + Math.floor(random() * 30),
      deleted: random() < 0.05,
      commit: pick(["abc", "abc", "def"]),
    };
  });
}

/** The definition, written down the slow way: groups of run ids with n, mean and sample sd ÷ √n of their finished runs. */
function naive(runs: readonly MadeRun[], by: GroupBy): Map<string, { ids: string[]; n: number; mean: number | null; se: number | null }> {
  const groups = new Map<string, number[]>();
  const order = runs.map((_, i) => i).filter((i) => runs[i]?.deleted !== true).sort((a, b) => (runs[b]?.start ?? 0) - (runs[a]?.start ?? 0) || b - a);
  for (const i of order) {
    const run = runs[i]!;
    const key = by === "seeds"
      ? JSON.stringify([run.commit, Object.entries(run.params ?? {}).filter(([name]) => name !== "seed").sort()])
      : JSON.stringify(by.map((id) => (id.startsWith("params.") ? run.params?.[id.slice(7)] : id.startsWith("tags.") ? run.tags?.[id.slice(5)] : run.status) ?? null));
    groups.set(key, [...(groups.get(key) ?? []), i]);
  }
  return new Map([...groups].map(([key, members]) => {
    const values = members.flatMap((i) => (runs[i]?.status === "finished" && Number.isFinite(runs[i]?.metrics?.["val_f1"]) ? [Number(runs[i]?.metrics?.["val_f1"])] : []));
    const mean = values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
    const sd = mean === null || values.length < 2 ? null : Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1));
    return [key, { ids: members.map((i) => `r${i}`), n: values.length, mean, se: sd === null ? null : sd / Math.sqrt(values.length) }];
  }));
}

const scopeOf = (table: RunTable) => ({ table, declared: [], baseline: null });
const all = (table: RunTable, by: GroupBy, query: RunQuery = {}, open: readonly string[] = []) => groupWindow(groupRuns(scopeOf(table), query, by), ["metrics.val_f1", "params.lr"], open, 0, 10_000);
const close = (a: unknown, b: number | null): void => assert.ok(a === b || (typeof a === "number" && b !== null && Math.abs(a - b) < 1e-12), `${a} is not ${b}`);

test("groups, n, mean and standard error are those of a naive evaluation, by any columns and by seeds", () => {
  for (let round = 0; round < 60; round++) {
    const runs = randomRuns(5 + Math.floor(random() * 60));
    const table = tableOf(runs);
    for (const by of ["seeds", ["params.model"], ["params.lr", "params.depth"], ["tags.stage", "params.model", "status"], ["params.nobody"]] satisfies GroupBy[]) {
      const expected = [...naive(runs, by).values()];
      const { rows, groups, lines, matched } = all(table, by);
      assert.deepEqual([groups, lines, matched], [expected.length, expected.length, runs.filter(({ deleted }) => deleted !== true).length]);
      rows.forEach((line, i) => {
        const group = expected[i]!;
        if (line.kind === "run") return assert.deepEqual([by, [line.head.runId]], ["seeds", group.ids]);
        assert.equal(line.group.runs, group.ids.length);
        const cell = line.cells["metrics.val_f1"];
        assert.equal(cell?.n, group.n);
        close(cell?.value, group.mean);
        close(cell?.se ?? null, group.se);
        const lrs = new Set(group.ids.map((id) => runs[Number(id.slice(1))]?.params?.["lr"]));
        assert.deepEqual([line.cells["params.lr"]?.mixed, line.cells["params.lr"]?.value], lrs.size === 1 ? [false, [...lrs][0]] : [true, null]);
        return undefined;
      });
    }
  }
});

test("groups sort by their means, missing ones last; a filter works before", () => {
  for (let round = 0; round < 40; round++) {
    const runs = randomRuns(50);
    const table = tableOf(runs);
    for (const descending of [true, false]) {
      const { rows } = all(table, ["params.model", "params.lr", "tags.stage"], { sort: [{ column: "metrics.val_f1", descending }] });
      const means = rows.map((line) => (line.kind === "group" ? line.cells["metrics.val_f1"]?.value : assert.fail()));
      const numbers = means.filter((value) => typeof value === "number");
      assert.deepEqual(numbers, [...numbers].sort((a, b) => (descending ? b - a : a - b)));
      assert.ok(means.slice(numbers.length).every((value) => value === null));
    }
    const filtered = all(table, ["params.lr"], { filter: "params.model = 'gbm'" });
    const kept = runs.map((run) => ({ ...run, deleted: run.deleted === true || run.params?.["model"] !== "gbm" }));
    assert.deepEqual(filtered.rows.map((line) => line.kind === "group" && [line.group.runs, line.cells["metrics.val_f1"]?.n]), [...naive(kept, ["params.lr"]).values()].map(({ ids, n }) => [ids.length, n]));
    assert.equal(filtered.total, runs.filter(({ deleted }) => deleted !== true).length);
  }
});

test("unfolded groups show their runs in the table's order, and any window is a part of the whole", () => {
  const idOf = (line: GroupLine): string => (line.kind === "group" ? line.group.id : `${line.level}:${line.head.runId}`);
  for (let round = 0; round < 30; round++) {
    const runs = randomRuns(40);
    const table = tableOf(runs);
    for (const by of ["seeds", ["params.model"]] satisfies GroupBy[]) {
      const folded = all(table, by);
      const open = folded.rows.flatMap((line) => (line.kind === "group" && random() < 0.6 ? [line.group.id] : []));
      const grouped = groupRuns(scopeOf(table), {}, by);
      const whole = groupWindow(grouped, [], open, 0, 1_000);
      const expected = [...naive(runs, by).values()].flatMap(({ ids }, i) => {
        const line = folded.rows[i]!;
        if (line.kind === "run") return [`1:${ids[0]}`];
        return [line.group.id, ...(open.includes(line.group.id) ? ids.map((id) => `2:${id}`) : [])];
      });
      assert.deepEqual(whole.rows.map(idOf), expected);
      assert.equal(whole.lines, expected.length);
      const from = Math.floor(random() * expected.length);
      const to = from + Math.floor(random() * 10);
      assert.deepEqual(groupWindow(grouped, [], open, from, to).rows.map(idOf), expected.slice(from, to));
      const first = open[0];
      if (first !== undefined) assert.deepEqual(groupMembers(grouped, [first]).map((row) => table.run(row).runId), [...naive(runs, by).values()][folded.rows.findIndex((line) => idOf(line) === first)]?.ids);
    }
  }
});

test("what is a seed, and what only sounds like one", () => {
  assert.deepEqual(["seed", "random_state", "args.seed", "randomSeed", "torch_manual_seed", "split.random_state", "model/seed_everything", "RANDOM_STATE"].filter((key) => !isSeed(key)), []);
  assert.deepEqual(["num_seeds", "seed_count", "use_seed", "lr", "state", "seedling", "n_seed", "random"].filter(isSeed), []);
});

test("a group of configurations names its values, counts seeds, and says which run is the baseline", () => {
  const seeds = (lr: string, values: readonly number[]): MadeRun[] => values.map((val_f1, i) => ({ params: { lr, depth: "8", seed: String(i) }, metrics: { val_f1 } }));
  const table = tableOf([...seeds("0.1", [0.7, 0.72, 0.71]), ...seeds("0.05", [0.8, 0.82, 0.84]), { params: { lr: "0.1", depth: "8", seed: "0" }, metrics: { val_f1: 0.7 } }, { params: { lr: "1", depth: "8", seed: "0" }, metrics: { val_f1: 0.1 } }]);
  const baseline = findBaseline(table, { run: "r1" });
  const { rows } = groupWindow(groupRuns({ table, declared: [], baseline }, {}, "seeds"), ["delta.val_f1"], [], 0, 99);
  assert.deepEqual(
    rows.map((line) => (line.kind === "run" ? [line.head.title, line.level] : [line.group.title, line.group.runs, line.group.seeds, line.group.baseline])),
    [["lr 1 · seed 0", 1], ["lr 0.1", 4, 3, true], ["lr 0.05", 3, 3, false]],
  );
  const [, own, better] = rows;
  assert.ok(own?.kind === "group" && better?.kind === "group");
  assert.equal(own.cells["delta.val_f1"]?.change?.verdict, "unknown", "the baseline does not differ from itself");
  assert.equal(own.cells["delta.val_f1"]?.value, 0);
  const unfolded = groupWindow(groupRuns({ table, declared: [], baseline }, {}, "seeds"), ["delta.val_f1"], [better.group.id], 0, 99).rows.find((line) => line.kind === "run" && line.level === 2);
  close(unfolded?.kind === "run" ? unfolded.cells["delta.val_f1"] : null, 0.84 - 0.7075);
  const found = better.cells["delta.val_f1"];
  // scipy.stats.ttest_ind([.8,.82,.84], [.7,.72,.71,.7], equal_var=False).confidence_interval(.95), SciPy 1.17.1
  close(found?.value, 0.82 - 0.7075);
  assert.deepEqual([Number(found?.change?.low).toFixed(6), Number(found?.change?.high).toFixed(6), found?.change?.verdict], ["0.070032", "0.154968", "better"]);
  assert.throws(() => groupRuns({ table, declared: [], baseline }, {}, ["metrics.val_f1"]), coded("GROUP_COLUMN"));
  assert.throws(() => groupRuns({ table, declared: [], baseline }, {}, ["colour"]), coded("UNKNOWN_COLUMN"));
});

test("nested runs: the children are grouped, not the runs that hold them", () => {
  const table = tableOf([{ params: { model: "a" } }, { params: { model: "b" }, parent: 0 }, { params: { model: "b" }, parent: 0 }]);
  const { rows, matched } = all(table, ["params.model"], { topLevel: true });
  assert.equal(matched, 2);
  assert.deepEqual(rows.map((line) => line.kind === "group" && [line.group.title, line.group.runs]), [["model b", 2]]);
});

test("a commit that the client tells later regroups at once, and the baseline's other seeds with it", () => {
  const runs = [0, 1, 2].map((i): MadeRun => ({ params: { lr: "1", seed: String(i) }, tags: { "mlflow.source.git.commit": "abc" } }));
  const table = tableOf(runs);
  assert.deepEqual([all(table, "seeds").groups, findBaseline(table, { run: "r0" })?.rows], [1, [0, 1, 2]]);
  table.apply({ version: 2, experiments: [], launches: [], runs: [], latest: [], goneLatest: [], params: [], tags: [{ runKey: 3, key: "mlflow.source.git.commit", value: "def" }] });
  assert.deepEqual([all(table, "seeds").groups, findBaseline(table, { run: "r0" })?.rows], [2, [0, 1]]);
  const before = table.configurationVersion;
  table.apply({ version: 3, experiments: [], launches: [], runs: [], latest: [], goneLatest: [], params: [], tags: [{ runKey: 3, key: "note", value: "x" }] });
  assert.equal(table.configurationVersion, before, "other tags say nothing of it");
});

test("a param that changes regroups at once; a metric does not look at configurations again", () => {
  const runs: MadeRun[] = [{ params: { lr: "1", seed: "0" } }, { params: { lr: "1", seed: "1" } }];
  const table = tableOf(runs);
  assert.equal(all(table, "seeds").groups, 1);
  const nothing = { version: 2, experiments: [], launches: [], runs: [], latest: [], goneLatest: [], params: [], tags: [] };
  const before = table.configurationVersion;
  table.apply({ ...nothing, latest: [{ runKey: 1, key: "val_f1", value: 1, step: 0, time: 0, min: 1, max: 1, points: 1, origin: "script" }] });
  assert.equal(table.configurationVersion, before);
  table.apply({ ...nothing, version: 3, params: [{ runKey: 1, key: "lr", source: "client", value: "2" }] });
  assert.equal(all(table, "seeds").groups, 2);
});
