import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { caller } from "../../engine/mlflow/model.fixture.ts";
import { experimentSearch, registeredSearch, versionSearch } from "../../engine/mlflow/property/registrySearch.fixture.ts";
import { type SearchKind, searches } from "../../engine/mlflow/property/search.fixture.ts";
import { speakerOf } from "../../engine/mlflow/property/sequence.fixture.ts";
import { loggedModelSearch, traceSearch } from "../../engine/mlflow/property/traceSearch.fixture.ts";
import { preparePython } from "../run/python.ts";
import { type Answer, type Difference, differencesOf, masked, send, valueAt } from "./compare.ts";
import { type Call, type Case, Names } from "./case.ts";
import { type Listed, notYetCalled } from "./differences.ts";
import { routeOf, routes } from "./routes.ts";
import { searchProperty } from "./searchProperty.ts";
import { type Side, startOurs, startReference } from "./servers.ts";

/** Calls that each route needs. */
const CALLS = 3;

interface NamedCase extends Case {
  readonly title: string;
}

const cases: readonly NamedCase[] = await readCases();
const differences: readonly Listed[] = await readDifferences();
let ours: Side;
let reference: Side;

before(async () => {
  reference = await startReference(await preparePython());
  ours = await startOurs();
});
after(async () => {
  await ours.stop();
  await reference.stop();
});

for (const each of cases) {
  test(each.title, async () => {
    const found = await play(each);
    const listed = differences.filter((entry) => entry.case === each.title);
    const problems: string[] = [];
    for (const { call, text, differences } of found) {
      const entry = listed.find((one) => one.call === call);
      const unmeant = differences.filter(({ path }) => entry === undefined || (entry.at !== undefined && !entry.at.includes(path)));
      if (unmeant.length > 0) problems.push(`call ${call}, ${text}:\n${unmeant.map(worded).join("\n")}`);
      if (entry !== undefined && differences.length === 0) problems.push(`call ${call}, ${text} is listed as different (${entry.reason}) and is not: take it out of differences/.`);
    }
    for (const { call } of listed) if (!found.some((one) => one.call === call)) problems.push(`call ${call} is listed in differences/ and was not made.`);
    if (problems.length > 0) assert.fail(problems.join("\n\n"));
  });
}

test("search: random filters and orders find the same runs here, there and by an evaluator that reads no text", async () => {
  const long = process.env["TOUCHSTONE_LONG"] === "1";
  for (let seed = 1; seed <= (long ? 40 : 1); seed++) await searchProperty(ours, reference, { seed, filters: 40 });
});

/** The same for what else can be searched for. */
function searchesOf<V>(kind: SearchKind<V>): void {
  test(`search: random filters and orders of ${kind.name} find the same here, there and by an evaluator that reads no text`, async () => {
    const long = process.env["TOUCHSTONE_LONG"] === "1";
    const sides = [
      { name: "here", door: speakerOf(caller(ours)) },
      { name: "there", door: speakerOf(caller(reference)), reference: true as const },
    ];
    for (let seed = 1; seed <= (long ? 20 : 1); seed++) await searches(kind, sides, { seed, filters: long ? 60 : 25, full: false, mark: randomBytes(4).toString("hex") });
  });
}

searchesOf(experimentSearch);
searchesOf(registeredSearch);
searchesOf(versionSearch);
searchesOf(loggedModelSearch);
searchesOf(traceSearch);

test("each route has three calls", () => {
  const calls = new Map<string, number>(Object.values(routes).flat().map((route) => [route, 0]));
  for (const { method, path } of cases.flatMap((one) => one.calls)) {
    const route = routeOf(method, path);
    if (route !== undefined) calls.set(route, (calls.get(route) ?? 0) + 1);
  }
  const few = [...calls].filter(([, count]) => count < CALLS).map(([route]) => route);
  assert.deepEqual(few.sort(), [...notYetCalled].sort());
});

test("what differences/ lists belongs to cases", () => {
  const key = (entry: Listed): string => `${entry.case}, call ${entry.call}`;
  assert.deepEqual(differences.filter((entry) => !cases.some(({ title, calls }) => title === entry.case && entry.call <= calls.length)).map(key), []);
  assert.equal(new Set(differences.map(key)).size, differences.length);
});

async function readCases(): Promise<NamedCase[]> {
  const folder = join(import.meta.dirname, "cases");
  const all: NamedCase[] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts")).sort()) {
    // SAFETY: each file of cases/ exports `cases`; a file without is an error here.
    const { cases: found } = (await import(join(folder, file))) as { cases: readonly Case[] };
    all.push(...found.map((one) => ({ ...one, title: `${file.slice(0, -3)}: ${one.name}` })));
  }
  return all;
}

async function readDifferences(): Promise<Listed[]> {
  const folder = join(import.meta.dirname, "differences");
  const all: Listed[] = [];
  for (const file of readdirSync(folder).sort()) {
    // SAFETY: each file of differences/ exports `differences`; a file without is an error here.
    all.push(...((await import(join(folder, file))) as { differences: readonly Listed[] }).differences);
  }
  return all;
}

/** Makes the calls of a case on both sides and gives, call by call, where the answers differ. */
async function play({ calls }: Case): Promise<{ call: number; text: string; differences: Difference[] }[]> {
  const suffix = randomBytes(4).toString("hex");
  const names = { ours: new Names(suffix), reference: new Names(suffix) };
  const since = Date.now();
  const found: { call: number; text: string; differences: Difference[] }[] = [];
  for (const [i, call] of calls.entries()) {
    const answers = await Promise.all([send(ours, names.ours, call), send(reference, names.reference, call)]);
    const kept = [keep(call, answers[0], names.ours), keep(call, answers[1], names.reference)];
    const [a, b] = [masked(answers[0], names.ours, since, call.compareHeaders ?? []), masked(answers[1], names.reference, since, call.compareHeaders ?? [])];
    found.push({ call: i + 1, text: `${call.method} ${call.path}`, differences: differencesOf(a, b) });
    // Where one of them has no such value, later calls could not be compared.
    if (kept.includes(false)) break;
  }
  return found;
}

function keep(call: Call, answer: Answer, names: Names): boolean {
  let complete = true;
  for (const [name, path] of Object.entries(call.keep ?? {})) {
    const value = valueAt(answer.body, path);
    if (typeof value === "string" || typeof value === "number") names.keep(name, String(value));
    else complete = false;
  }
  return complete;
}

function worded({ path, ours: a, reference: b }: Difference): string {
  const [x, y] = [a, b].map((value) => (value === undefined ? "(absent)" : (JSON.stringify(value) ?? "")));
  // Of long texts what surrounds the first difference.
  const at = [...(x ?? "")].findIndex((letter, i) => letter !== y?.[i]);
  const from = Math.max(0, at - 100);
  const text = (value: unknown): string => {
    const all = value === undefined ? "(absent)" : (JSON.stringify(value) ?? "");
    return all.length <= 400 ? all : `${from > 0 ? "…" : ""}${all.slice(from, from + 400)}…`;
  };
  return `  ${path}\n    ours:      ${text(a)}\n    reference: ${text(b)}`;
}
