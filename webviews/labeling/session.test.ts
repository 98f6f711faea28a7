import { test } from "node:test";
import assert from "node:assert/strict";
import type { LabelItem, LabelProgress, LabelSetView, LabelVote } from "../../engine/api/labeling.ts";
import { TouchstoneError, type RequestToken } from "../../engine/api/tokens.ts";
import { AHEAD, Session } from "./session.ts";

const progress: LabelProgress = { total: 30, done: 0, labelled: 0, outOfScope: 0, unsure: 0, skipped: 0, conflicts: 0, annotators: ["mei"], alpha: { value: null, n: 0 }, medianMs: null };
const view: LabelSetView = {
  set: "s", name: "S", title: "", kind: "text", classes: [{ id: "c1", name: "yes", description: "", key: "1" }],
  keys: { skip: "Tab", outOfScope: "x", unsure: "u", note: "n", undo: "z", guidelines: "g" },
  guidelines: "", files: { labels: "", guidelines: "", source: "" }, annotator: "mei", progress, problems: [], notes: [],
};

function item(place: number, mine: LabelVote | null = null): LabelItem {
  return { item: `r:${place}`, place, content: { kind: "text", text: `t${place}`, context: [] }, source: { file: "f.csv", row: place + 1 }, suggestion: { class: "c1", score: 0.6 }, mine, others: [] };
}

/** An engine of `total` items in memory; `fail` throws before it answers. */
function engine(total: number) {
  const votes: { id: string; item: string; state: string }[] = [];
  const asked: string[] = [];
  const state = { fail: [] as Error[], votes, asked };
  const answers: Record<string, (params: never) => unknown> = {
    "labels/open": () => view,
    "labels/next": ({ after, count }: { after: number | null; count: number }) => {
      const order = Array.from({ length: total }, (_, step) => ((after ?? -1) + 1 + step) % total);
      return { items: order.filter((place) => !votes.some((vote) => vote.item === `r:${place}`)).slice(0, count).map((place) => item(place)) };
    },
    "labels/vote": ({ vote }: { vote: { id: string; item: string; state: "labelled"; class: string | null; note?: string } }) => {
      if (!votes.some((one) => one.id === vote.id)) votes.push(vote);
      return { vote: { id: vote.id, by: "mei", class: vote.class, state: vote.state, note: vote.note ?? "" }, progress: { ...progress, done: votes.length } };
    },
    "labels/undo": () => {
      const undone = votes.pop();
      return { item: undone ? item(Number(undone.item.slice(2))) : null, undone: undone ? { id: undone.id, by: "mei", class: "c1", state: "labelled", note: "why" } : null, progress };
    },
  };
  const rpc = {
    request: async <P, R>(token: RequestToken<P, R>, params: P): Promise<R> => {
      asked.push(token.method);
      const failure = token.method === "labels/vote" ? state.fail.shift() : undefined;
      await Promise.resolve();
      // SAFETY: the fake answers each method with the shape that its token declares.
      const result = answers[token.method]?.(params as never) as R;
      if (failure) throw failure;
      return result;
    },
  };
  let ids = 0;
  const session = new Session({ rpc, changed: () => undefined, prefetch: () => undefined, now: () => 1000, newId: () => `vote${ids++}`, engineBack: async () => undefined });
  return { session, state };
}

test("every item comes once, in order, and then the queue is finished", async () => {
  const { session, state } = engine(30);
  await session.open("s");
  const seen: string[] = [];
  while (session.current !== null) {
    seen.push(session.current.item);
    await session.answer("labelled", "c1");
  }
  assert.deepEqual(seen, Array.from({ length: 30 }, (_, place) => `r:${place}`));
  assert.equal(session.finished, true);
  assert.ok(state.asked.filter((method) => method === "labels/next").length < 10, "items are asked for in batches");
});

test("items ahead are asked for between paints, long before they are needed, never with an answer", async () => {
  const { session, state } = engine(200);
  await session.open("s");
  const asked = (): number => state.asked.filter((method) => method === "labels/next").length;
  for (let answers = 0; answers < AHEAD / 2; answers++) {
    session.painted();
    await session.answer("labelled", "c1");
  }
  assert.equal(asked(), 1);
  session.painted();
  assert.equal(asked(), 2);
  await session.answer("labelled", "c1");
  assert.equal(session.current?.item, `r:${AHEAD / 2 + 1}`);
});

test("a second key before the first answer is saved gives nothing to an item unseen", async () => {
  const { session, state } = engine(30);
  await session.open("s");
  await Promise.all([session.answer("labelled", "c1"), session.answer("labelled", "c1"), session.undo()]);
  assert.equal(state.votes.length, 1);
  assert.equal(session.current?.item, "r:1");
});

test("an engine that goes away gets the same vote again; the item changes when it is stored", async () => {
  const { session, state } = engine(30);
  await session.open("s");
  const gone = new TouchstoneError({ code: "ENGINE_GONE", message: "gone" });
  state.fail = [gone, gone];
  await session.answer("skipped");
  assert.deepEqual(state.votes.map((vote) => [vote.id, vote.item, vote.state]), [["vote0", "r:0", "skipped"]]);
  assert.deepEqual([session.current?.item, session.saving], ["r:1", "saved"]);
});

test("a full disk is said, and the item stays with its note", async () => {
  const { session, state } = engine(30);
  await session.open("s");
  session.note = "sarcasm";
  state.fail = [new TouchstoneError({ code: "VOTE_NOT_SAVED", message: "No space left." })];
  await assert.rejects(session.answer("unsure"), /No space left/);
  assert.deepEqual([session.current?.item, session.saving, session.note], ["r:0", "none", "sarcasm"]);
});

test("undo returns to the item with its answer and note; the one that was shown comes next", async () => {
  const { session } = engine(30);
  await session.open("s");
  await session.answer("labelled", "c1");
  assert.equal(session.current?.item, "r:1");
  assert.equal(await session.undo(), true);
  assert.deepEqual([session.current?.item, session.undone?.class, session.note], ["r:0", "c1", "why"]);
  await session.accept();
  assert.equal(session.current?.item, "r:1");
  assert.equal(session.note, "");
  await session.undo();
  assert.equal(await session.undo(), false);
});
