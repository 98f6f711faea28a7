import assert from "node:assert/strict";
import { test } from "node:test";
import { seeded } from "../../expressions/random.fixture.ts";
import { type Answer, caller, type Draw, drawing } from "../model.fixture.ts";
import { openDoor } from "../server.fixture.ts";

const long = process.env["TOUCHSTONE_LONG"] === "1";

/** A call as it goes out; `path` as in `routes.ts`, or from the root where it begins with `/`. */
export interface Said {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

type Headers = Readonly<Record<string, string>>;

/** What makes calls. */
export interface Speaker {
  /** A call that must be taken; gives its JSON. */
  say(method: string, path: string, body?: unknown, headers?: Headers): Promise<Record<string, unknown>>;
  /** The same, whatever the answer. */
  ask(method: string, path: string, body?: unknown, headers?: Headers): Promise<Answer>;
}

/** One valid call (or what belongs together): what it says, and what it does to the model. Nothing where the model has nothing to do it to. */
export type Step<M> = (model: M, draw: Draw, door: Speaker) => Promise<void>;

/** A part of the protocol, as a model in memory. */
export interface Aggregate<M> {
  readonly name: string;
  model(): M;
  /** What the steps need; always done first. */
  begin?(model: M, door: Speaker): Promise<void>;
  readonly steps: readonly Step<M>[];
  /** A call that no server may take: what is missing, of a wrong type, too long, unknown, deleted, or said before with another value. */
  wrong(model: M, draw: Draw): Said;
  /** Throws where the door says anything else than the model. */
  check(model: M, door: Speaker): Promise<void>;
}

/** One call of a sequence: the seed says which, by what the model holds when it comes to it. */
interface Entry {
  readonly seed: number;
  readonly wrong: boolean;
}

/** How many shorter sequences are tried when one fails. */
const TRIES = 150;

/**
 * Two tests: random sequences of valid calls give the same answers as the model; random invalid ones among them are refused
 * with 4xx in MLflow's form and change nothing. A sequence that fails is shortened, and told call by call.
 */
export function property<M>(aggregate: Aggregate<M>, length = 120): void {
  const entries = (seed: number, wrong: number): Entry[] => {
    const random = seeded(seed);
    return Array.from({ length: long ? length * 3 : length }, () => ({ seed: Math.floor(random() * 2 ** 31), wrong: random() < wrong }));
  };
  test(`${aggregate.name}: random sequences of valid calls give the same answers as a model in memory`, async () => {
    for (let seed = 1; seed <= (long ? 30 : 2); seed++) await holds(aggregate, seed, entries(seed, 0));
  });
  test(`${aggregate.name}: random invalid calls are refused with 4xx in MLflow's form and change nothing`, async () => {
    for (let seed = 101; seed <= (long ? 130 : 102); seed++) await holds(aggregate, seed, entries(seed, 0.75));
  });
}

async function holds<M>(aggregate: Aggregate<M>, seed: number, entries: readonly Entry[]): Promise<void> {
  let failed = await played(aggregate, entries);
  if (failed === null) return;
  let left = entries.slice(0, failed.at);
  let tries = 0;
  for (let size = Math.ceil(left.length / 2); size >= 1 && tries < TRIES; ) {
    let shorter = false;
    for (let from = left.length - size; from > -size && tries < TRIES; from -= size) {
      const without = left.filter((_, i) => i < from || i >= from + size);
      if (without.length === left.length) continue;
      tries++;
      const again = await played(aggregate, without);
      if (again === null) continue;
      [left, failed, shorter] = [without.slice(0, again.at), again, true];
    }
    if (!shorter) size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  const { error, log } = failed;
  assert.fail(`${aggregate.name}, seed ${seed}: ${left.length} of ${entries.length} calls are enough:\n${log.join("\n")}\n\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}

/** What speaks to a door, and writes into `log` what it said but for reading. */
export function speakerOf(call: ReturnType<typeof caller>, log: string[] = []): Speaker {
  const ask: Speaker["ask"] = (method, path, body, headers) => call(method, addressOf(path), body, headers);
  return {
    ask,
    async say(method, path, body, headers) {
      const answer = await ask(method, path, body, headers);
      if (method !== "GET") log.push(worded({ method, path, body }, answer));
      assert.equal(answer.status, 200, worded({ method, path, body }, answer));
      return answer.json;
    },
  };
}

/** Plays a sequence against a door and a model of its own; null where all was right. `at`: how many entries it took. */
async function played<M>(aggregate: Aggregate<M>, entries: readonly Entry[]): Promise<{ error: unknown; log: string[]; at: number } | null> {
  const door = await openDoor();
  const log: string[] = [];
  const speaker = speakerOf(caller(door), log);
  let at = 0;
  let changes = 0;
  door.store.onChange(() => changes++);
  try {
    const model = aggregate.model();
    await aggregate.begin?.(model, speaker);
    for (const { seed, wrong } of entries) {
      at++;
      const draw = drawing(seeded(seed));
      if (!wrong) {
        await draw.of(aggregate.steps)(model, draw, speaker);
        continue;
      }
      const said = aggregate.wrong(model, draw);
      const before = changes;
      const answer = await speaker.ask(said.method, said.path, said.body);
      log.push(worded(said, answer));
      refused(answer, worded(said, answer));
      assert.equal(changes, before, `it changed something: ${worded(said, answer)}`);
    }
    await aggregate.check(model, speaker);
    return null;
  } catch (error) {
    return { error, log, at };
  } finally {
    await door.close();
  }
}

function refused({ status, json }: Answer, told: string): void {
  assert.ok(status >= 400 && status < 500, told);
  assert.match(String(json["error_code"]), /^[A-Z_]+$/, told);
  assert.ok(typeof json["message"] === "string" && json["message"].length > 0, told);
}

function addressOf(path: string): string {
  if (path.startsWith("/")) return path;
  return path.startsWith("3.0/") ? `/api/3.0/mlflow/${path.slice(4)}` : `/api/2.0/mlflow/${path}`;
}

function worded({ method, path, body }: Said, { status, text }: Answer): string {
  const sent = body === undefined ? "" : ` ${body instanceof Uint8Array ? `<${body.length} bytes>` : cut(JSON.stringify(body) ?? "")}`;
  return `  ${method} ${cut(path)}${sent} → ${status} ${cut(text)}`;
}

function cut(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}

/** Draws the first of everything. */
export const first: Draw = {
  below: () => 0,
  // SAFETY: callers keep their lists filled.
  of: <T>(items: readonly T[]): T => items[0] as T,
  chance: () => false,
};

/** The value at `run.info.run_id` of an answer. */
export function at(json: unknown, path: string): unknown {
  return path.split(".").reduce((value: unknown, part) => (typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === part)?.[1] : undefined), json);
}

/** A list of an answer; absent is empty, as protobuf's JSON leaves it out. */
export function listAt(json: unknown, path: string): unknown[] {
  const list = at(json, path) ?? [];
  assert.ok(Array.isArray(list), `${path} is no list`);
  return list;
}

/** A time that a call since `since` must have set. */
export function now(value: unknown, since: number): number {
  assert.ok(typeof value === "number" && value >= since && value <= Date.now(), `${String(value)} is no time between ${since} and now`);
  return value;
}

/** Pairs by key, as a list that was made of a map. */
export function pairsOf(map: ReadonlyMap<string, string>): { key: string; value: string }[] {
  return sortedBy([...map].map(([key, value]) => ({ key, value })), ({ key }) => key);
}

/** A list of pairs of an answer, by key: no order is promised. */
export function pairsAt(json: unknown, path: string): unknown[] {
  return sortedBy(listAt(json, path), (pair) => String(at(pair, "key")));
}

export function sortedBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
}

/** Everything of a search, page by page. `ask` makes the call with a token. */
export async function pages(list: string, asked: (token: string) => Promise<Record<string, unknown>>): Promise<unknown[]> {
  const all: unknown[] = [];
  for (let token = ""; ; ) {
    const answer = await asked(token);
    all.push(...listAt(answer, list));
    const next = answer["next_page_token"];
    if (next === undefined || next === "") return all;
    assert.equal(typeof next, "string");
    token = String(next);
  }
}

/** A path with its query. */
export function withQuery(path: string, query: Readonly<Record<string, string | readonly string[]>>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) for (const one of typeof value === "string" ? [value] : value) search.append(key, one);
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}
