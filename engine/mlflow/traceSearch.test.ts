import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { SpanRow } from "../store/operations/traces.ts";
import { temporaryFolder } from "../store/store.fixture.ts";
import { type Readers, type Store, openStore } from "../store/store.ts";
import { Fields } from "./fields.ts";
import { tracePage, tracesFound } from "./traceSearch.ts";
import { countingTraces, tracesIn } from "./traces.fixture.ts";

const { folder, dispose } = temporaryFolder();
let store: Store;
let experiments: readonly number[];

before(async () => {
  store = await openStore({ folder });
  const { experimentId } = await store.write("experiment.create", { name: "other", time: 1_800_000_000_000, tags: [] });
  experiments = [await tracesIn(store, 700), await tracesIn(store, 300, experimentId, "other")];
  await store.write("trace.spans", { experimentId: "0", traces: Array.from({ length: 700 }, (_, i) => ({ traceId: `tr-${String(i).padStart(6, "0")}`, root: null, tags: [], metadata: [], spans: [spanOf(i)] })) });
});
after(async () => {
  await store.close();
  dispose();
});

function spanOf(i: number): SpanRow {
  const start = BigInt(1_800_000_000_000 + i * 1000) * 1_000_000n;
  return { spanId: "00000000000000aa", parentId: null, name: `span ${i % 5}`, type: "LLM", status: "OK", start, end: 0n, content: JSON.stringify({ attributes: { color: '"red"' } }), usage: null, cost: null };
}

interface Asked {
  readonly filter?: string;
  readonly orderBy?: readonly string[];
  readonly size?: number;
  readonly token?: string;
}

async function pageOf(read: Readers, { filter = "", orderBy = [], size = 100, token = "" }: Asked): Promise<{ ids: string[]; token: string }> {
  const { items, next } = await tracePage(read, experiments, { filter, orderBy }, new Fields({ max_results: size, page_token: token }));
  return { ids: items.map(({ traceId }) => traceId), token: next.next_page_token ?? "" };
}

async function all(asked: Asked): Promise<string[]> {
  const ids: string[] = [];
  for (let page = await pageOf(store.read, asked); ; page = await pageOf(store.read, { ...asked, token: page.token })) {
    ids.push(...page.ids);
    if (page.token === "") return ids;
  }
}

/** The newest first, those of one time by their id: what a walk over all pages gives. */
const expected = Array.from({ length: 700 }, (_, back) => 699 - back).flatMap((i) => [...(i < 300 ? [`other-${String(i).padStart(6, "0")}`] : []), `tr-${String(i).padStart(6, "0")}`]);
const numberOf = (traceId: string): number => Number(traceId.slice(-6));

test("a page of the newest traces reads little more than the page, the next one goes on behind it", async () => {
  const counted = countingTraces(store.read);
  const first = await pageOf(counted.read, { size: 50 });
  const second = await pageOf(counted.read, { size: 50, token: first.token });
  assert.deepEqual([...first.ids, ...second.ids], expected.slice(0, 100));
  const rows = counted.calls.reduce((sum, call) => sum + call.rows, 0);
  assert.ok(rows < 500, `${rows} rows read for 100 of ${expected.length} traces`);
});

test("pages of several experiments are one list, whatever is asked", async () => {
  assert.deepEqual(await all({ size: 90 }), expected);
  assert.deepEqual(await all({ size: 33, filter: "name = 'name 1'" }), expected.filter((id) => numberOf(id) % 3 === 1));
  assert.deepEqual(await all({ size: 500, filter: "name = 'name 1'", orderBy: ["execution_time ASC"] }), expected.filter((id) => numberOf(id) % 3 === 1).sort((a, b) => numberOf(a) - numberOf(b) || (a < b ? -1 : 1)));
  assert.deepEqual([...(await tracesFound(store.read, experiments, "span.name = 'span 2' AND status = 'OK'"))].length, 70);
});

test("a trace that a page ended with and that is gone meanwhile: the walk goes on by the count of those before it", async () => {
  const token = Buffer.from(JSON.stringify({ offset: 120, after: "tr-gone" })).toString("base64");
  assert.deepEqual((await pageOf(store.read, { size: 10, token })).ids, expected.slice(120, 130));
});

test("contents of spans are read only where a test comes to them", async () => {
  const contents = async (filter: string): Promise<[number, number]> => {
    const counted = countingTraces(store.read);
    const { ids } = await pageOf(counted.read, { filter, size: 500 });
    return [ids.length, counted.calls.filter(({ name }) => name === "spanContent" || name === "spans").length];
  };
  assert.deepEqual(await contents("span.name = 'the text of its content'"), [0, 0]);
  assert.deepEqual(await contents("metadata.number = '30' AND span.attributes.color = 'red'"), [1, 1]);
  assert.deepEqual(await contents("span.attributes.color = 'blue'"), [0, 700]);
});
