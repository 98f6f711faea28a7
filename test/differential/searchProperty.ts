import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { seeded } from "../../engine/expressions/random.fixture.ts";
import { comparators, like } from "../../engine/mlflow/property/comparators.fixture.ts";
import { Names, post } from "./case.ts";
import { send, valueAt } from "./compare.ts";
import type { Side } from "./servers.ts";

/** One run as it is made, and as the evaluator below looks at it. */
interface MadeRun {
  readonly name: string;
  readonly start: number;
  readonly end: number | null;
  readonly status: "RUNNING" | "FINISHED" | "FAILED" | "KILLED";
  readonly user: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly datasets: readonly { readonly name: string; readonly digest: string; readonly context: string | null }[];
}

interface Clause {
  readonly text: string;
  readonly passes: (run: MadeRun) => boolean;
}

interface Order {
  readonly text: string;
  readonly field: string;
  readonly descending: boolean;
  readonly value: (run: MadeRun) => number | string | null;
}

const texts = ["0.1", "0.10", "10", "9", "adam", "Adam", "SGD", "sgd nesterov", "a%b", "a_b", "1e-3", "käse", "日本", "x y"];
const patterns = ["a%", "%d%", "A_AM", "%", "_", "%b", "a\\_b", "%nest%", "1%3", "%ä%", "S__", "x y", "%_%", ""];
const numbers = [0, 1, -1, 0.5, 0.25, 1e-8, 1e12, -3.75, 42, Number.NaN];
const keys = ["m", "val/loss", "top 5", "mlflow.like", "p-q"];

type Pick = <T>(values: readonly T[]) => T;

function picker(random: () => number): Pick {
  return <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T; // SAFETY: the index is inside, and no list is empty.
}

function madeRuns(random: () => number, count: number): MadeRun[] {
  const pick = picker(random);
  const some = <T>(value: () => T): Record<string, T> => Object.fromEntries(keys.filter(() => random() < 0.6).map((key) => [key, value()]));
  return Array.from({ length: count }, (_, i) => {
    const status = pick(["RUNNING", "FINISHED", "FAILED", "KILLED"] as const);
    const names = ["iris", "wine", "Iris v2"].filter(() => random() < 0.25);
    return {
      name: `${pick(["run", "Run", "köln"])} ${i}`,
      start: 1_700_000_000_000 + Math.floor(random() * 6) * 1000,
      end: status === "RUNNING" ? null : 1_700_000_100_000 + Math.floor(random() * 4),
      status,
      user: pick(["ada", "bob", "Ada"]),
      metrics: some(() => pick(numbers)),
      params: some(() => pick(texts)),
      tags: some(() => pick(texts)),
      datasets: names.map((name) => ({ name, digest: `d${name.length}`, context: random() < 0.7 ? pick(["train", "test"]) : null })),
    };
  });
}

function keyOf(key: string, pick: Pick): string {
  const quoted = [`\`${key}\``, `"${key}"`];
  return pick(/^\w+(\.\w+)*$/.test(key) ? [key, ...quoted] : quoted);
}

function textTest(pick: Pick, list: boolean): { text: string; test: (value: string) => boolean } {
  const value = pick(texts);
  const pattern = pick(patterns);
  const quoted = pick([`'${value}'`, `"${value}"`]);
  const among = [pick(texts), pick(texts)];
  const tests = [
    { text: `= ${quoted}`, test: (found: string) => found === value },
    { text: `!= ${quoted}`, test: (found: string) => found !== value },
    { text: `LIKE '${pattern}'`, test: like(pattern, false) },
    { text: `${pick(["ILIKE", "ilike"])} '${pattern}'`, test: like(pattern, true) },
  ];
  const lists = [
    { text: `IN ('${among.join("', '")}')`, test: (found: string) => among.includes(found) },
    { text: `NOT IN ('${among.join("', '")}')`, test: (found: string) => !among.includes(found) },
  ];
  return pick(list ? [...tests, ...lists] : tests);
}

function clause(random: () => number, runs: readonly MadeRun[]): Clause {
  const pick = picker(random);
  const key = pick(keys);
  const sign = pick(Object.keys(comparators));
  const entity = (names: readonly string[]): string => pick(names);
  const one = <T>(value: T | undefined | null, test: (value: T) => boolean): boolean => value !== undefined && value !== null && test(value);
  return pick<() => Clause>([
    () => {
      const number = pick(numbers.filter((value) => !Number.isNaN(value)));
      return { text: `${entity(["metrics", "metric"])}.${keyOf(key, pick)} ${sign} ${number}`, passes: ({ metrics }) => one(metrics[key], (value) => comparators[sign]?.(value, number) === true) };
    },
    () => {
      const { text, test } = textTest(pick, false);
      return { text: `${entity(["params", "param", "parameter", "parameters"])}.${keyOf(key, pick)} ${text}`, passes: ({ params }) => one(params[key], test) };
    },
    () => {
      const { text, test } = textTest(pick, false);
      return { text: `${entity(["tags", "tag"])}.${keyOf(key, pick)} ${text}`, passes: ({ tags }) => one(tags[key], test) };
    },
    () => {
      const missing = random() < 0.5;
      const of = pick(["params", "tags"] as const);
      return { text: `${of}.${keyOf(key, pick)} IS ${missing ? "" : "NOT "}NULL`, passes: (run) => (run[of][key] === undefined) === missing };
    },
    () => {
      const time = pick([...runs.map(({ start }) => start), 1_700_000_100_002]);
      const name = pick(["start_time", "end_time", "attributes.start_time", "attr.end_time", "created", "run.start_time"]);
      return { text: `${name} ${sign} ${time}`, passes: (run) => one(name.endsWith("end_time") ? run.end : run.start, (value) => comparators[sign]?.(value, time) === true) };
    },
    () => {
      const run = pick(runs);
      const [name, of] = pick([["run_name", (one: MadeRun) => one.name], ["attribute.status", (one: MadeRun) => one.status], ["user_id", (one: MadeRun) => one.user], ["attributes.`run name`", (one: MadeRun) => one.name]] as const);
      const pattern = `%${of(run).slice(1, 4)}%`;
      const how = pick(["=", "!=", "LIKE", "ILIKE"]);
      const tests: Readonly<Record<string, (value: string) => boolean>> = { "=": (value) => value === of(run), "!=": (value) => value !== of(run), LIKE: like(pattern, false), ILIKE: like(pattern, true) };
      return { text: `${name} ${how} '${how.endsWith("LIKE") ? pattern : of(run)}'`, passes: (each) => tests[how]?.(of(each)) === true };
    },
    () => {
      const chosen = runs.filter(() => random() < 0.3).map(({ name }) => name);
      const not = random() < 0.5;
      const list = [...chosen, "nobody"].map((name) => `'$${idName(name)}'`).join(", ");
      return { text: `run_id ${not ? "NOT IN" : "IN"} (${list})`, passes: ({ name }) => chosen.includes(name) !== not };
    },
    () => {
      const field = pick(["name", "digest", "context"] as const);
      const value = pick({ name: ["iris", "wine", "Iris v2"], digest: ["d4", "d7"], context: ["train", "test"] }[field]);
      const { text, test } = pick([
        { text: `= '${value}'`, test: (found: string) => found === value },
        { text: `!= '${value}'`, test: (found: string) => found !== value },
        { text: `ILIKE '${value.toUpperCase()}%'`, test: like(`${value}%`, true) },
        { text: `IN ('${value}')`, test: (found: string) => found === value },
        { text: `NOT IN ('${value}')`, test: (found: string) => found !== value },
      ]);
      return { text: `${pick(["dataset", "datasets"])}.${field} ${text}`, passes: ({ datasets }) => datasets.some((dataset) => one(dataset[field], test)) };
    },
  ])();
}

function order(random: () => number): Order {
  const pick = picker(random);
  const key = pick(keys);
  const [written, field, value] = pick<readonly [string, string, (run: MadeRun) => number | string | null]>([
    [`metrics.${keyOf(key, pick)}`, `metrics.${key}`, ({ metrics }) => metrics[key] ?? null],
    [`params.${keyOf(key, pick)}`, `params.${key}`, ({ params }) => params[key] ?? null],
    [`tag.${keyOf(key, pick)}`, `tags.${key}`, ({ tags }) => tags[key] ?? null],
    [pick(["start_time", "created", "attributes.start_time"]), "start_time", ({ start }) => start],
    ["end_time", "end_time", ({ end }) => end],
    ["attribute.status", "status", ({ status }) => status],
    ["run_name", "run_name", ({ name }) => name],
    ["user_id", "user_id", ({ user }) => user],
  ]);
  const direction = pick(["", " ASC", " DESC", " desc"]);
  return { text: `${written}${direction}`, field, descending: /desc/i.test(direction), value };
}

/** Names of runs as the evaluator has them: filtered, then in order as far as the clauses settle it. */
function expected(runs: readonly MadeRun[], clauses: readonly Clause[], orders: readonly Order[]): MadeRun[] {
  const rank = (value: number | string | null): number => (value === null ? 2 : Number.isNaN(value) ? 1 : 0);
  const compare = (a: number | string | null, b: number | string | null, descending: boolean): number => {
    const last = rank(a) - rank(b);
    if (last !== 0 || rank(a) > 0) return last;
    const by = typeof a === "string" ? Buffer.compare(Buffer.from(a), Buffer.from(String(b))) : Number(a) - Number(b);
    return descending ? -by : by;
  };
  return runs
    .filter((run) => clauses.every(({ passes }) => passes(run)))
    .sort((a, b) => orders.reduce((found, { value, descending }) => found || compare(value(a), value(b), descending), 0) || b.start - a.start);
}

const idName = (name: string): string => (name === "nobody" ? "nobody" : `id${name.replaceAll(/\D/g, "")}`);

/** Makes the runs on one side and keeps their ids. */
async function fill(side: Side, names: Names, runs: readonly MadeRun[]): Promise<void> {
  const call = async (path: string, body: unknown, keep?: readonly [string, string]): Promise<void> => {
    const answer = await send(side, names, post(path, body));
    assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`);
    if (keep) names.keep(keep[0], String(valueAt(answer.body, keep[1])));
  };
  await call("experiments/create", { name: "$new:found" }, ["exp", "experiment_id"]);
  names.keep("nobody", "f".repeat(32));
  const pairs = (record: Readonly<Record<string, string>>) => Object.entries(record).map(([key, value]) => ({ key, value }));
  for (const run of runs) {
    const id = idName(run.name);
    await call("runs/create", { experiment_id: "$exp", user_id: run.user, run_name: run.name, start_time: run.start, tags: pairs(run.tags) }, [id, "run.info.run_id"]);
    const metrics = Object.entries(run.metrics).map(([key, value]) => ({ key, value: Number.isNaN(value) ? "NaN" : value, timestamp: 1, step: 0 }));
    await call("runs/log-batch", { run_id: `$${id}`, metrics, params: pairs(run.params) });
    const datasets = run.datasets.map(({ name, digest, context }) => ({ dataset: { name, digest, source_type: "local", source: "{}" }, tags: context === null ? [] : [{ key: "mlflow.data.context", value: context }] }));
    if (datasets.length > 0) await call("runs/log-inputs", { run_id: `$${id}`, datasets });
    if (run.end !== null) await call("runs/update", { run_id: `$${id}`, status: run.status, end_time: run.end });
  }
}

async function found(side: Side, names: Names, filter: string, orderBy: readonly string[]): Promise<string[]> {
  const listed: string[] = [];
  for (let token: unknown = ""; token !== undefined; ) {
    const answer = await send(side, names, post("runs/search", { experiment_ids: ["$exp"], filter, order_by: orderBy, max_results: 9, ...(token === "" ? {} : { page_token: token }) }));
    assert.equal(answer.status, 200, `${filter}: ${JSON.stringify(answer.body)}`);
    const runs = valueAt(answer.body, "runs");
    for (const run of Array.isArray(runs) ? runs : []) listed.push(String(valueAt(run, "info.run_name")));
    token = valueAt(answer.body, "next_page_token");
  }
  return listed;
}

/** Random runs, filters and orders: both servers and an evaluator that reads no text find the same runs, page by page, in the same order. */
export async function searchProperty(ours: Side, reference: Side, { seed, filters }: { seed: number; filters: number }): Promise<void> {
  const random = seeded(seed);
  const runs = madeRuns(random, 24);
  const suffix = randomBytes(4).toString("hex");
  const sides = [ours, reference].map((side) => ({ side, names: new Names(suffix) }));
  await Promise.all(sides.map(({ side, names }) => fill(side, names, runs)));
  for (let i = 0; i < filters; i++) {
    const clauses = Array.from({ length: Math.floor(random() * 4) }, () => clause(random, runs));
    const orders: Order[] = [];
    while (random() < 0.5 && orders.length < 3) {
      const next = order(random);
      if (!orders.some(({ field }) => field === next.field)) orders.push(next);
    }
    const filter = clauses.map(({ text }) => text).join(random() < 0.5 ? " AND " : " and ");
    const orderBy = orders.map(({ text }) => text);
    const [here = [], there = []] = await Promise.all(sides.map(({ side, names }) => found(side, names, filter, orderBy)));
    const told = `seed ${seed}, filter ${i}: ${filter} ORDER BY ${orderBy.join(", ")}`;
    const wanted = expected(runs, clauses, orders);
    assert.deepEqual([...here].sort(), wanted.map(({ name }) => name).sort(), `here, ${told}`);
    assert.deepEqual([...there].sort(), [...here].sort(), `there, ${told}`);
    // Random ids settle the last ties, and they differ between the two.
    const place = (name: string): string => {
      const run = runs.find((one) => one.name === name);
      return run === undefined ? name : JSON.stringify([...orders.map(({ value }) => value(run)), run.start]);
    };
    assert.deepEqual(here.map(place), wanted.map(({ name }) => place(name)), `order here, ${told}`);
    assert.deepEqual(there.map(place), here.map(place), `order there, ${told}`);
  }
}
