import assert from "node:assert/strict";
import { test } from "node:test";
import { Check } from "typebox/value";
import type { EngineConnection } from "../api/connect.ts";
import type { PushResult } from "../api/remote.ts";
import { type Call, OptionValues } from "./command.ts";
import { command } from "./commands/push.ts";

/** What the command does with what an engine answers. */
async function pushed(result: PushResult): Promise<{ readonly json: object; readonly exitCode: number | undefined; readonly lines: readonly string[] }> {
  // SAFETY: the command asks the engine for nothing but the push.
  const engine = { request: async () => result } as unknown as EngineConnection;
  const nothing = (): void => undefined;
  const call: Call = { words: ["http://team:5000"], command: [], options: new OptionValues({ run: ["r1"] }), json: false, folder: "/", cwd: "/", engine: () => engine, signal: new AbortController().signal, ownSignals: nothing, say: nothing, confirm: async () => null, write: nothing, emit: nothing };
  const { answer, exitCode } = await command.run(call);
  assert.ok(answer);
  const lines: string[] = [];
  command.print(answer, (line) => void lines.push(line));
  return { json: answer, exitCode, lines };
}

test("a push says how many logged models, versions and traces went beside the runs, as JSON and to people; none of a kind takes no line", async () => {
  const none = { created: 0, updated: 0, same: 0 };
  const result: PushResult = { uri: "http://team:5000", created: 2, updated: 1, same: 3, theirs: 1, models: { created: 1, updated: 0, same: 2 }, versions: none, traces: { created: 130, updated: 4, same: 0 }, failed: [], leftOut: ["stars (1 run)"] };
  const whole = await pushed(result);
  assert.deepEqual(whole.lines, ["http://team:5000: 2 new, 1 updated, 4 there already, 0 failed", "logged models: 1 new, 0 updated, 2 there already", "traces: 130 new, 4 updated, 0 there already", "not sent: stars (1 run)"]);
  assert.deepEqual(whole.json, result);
  assert.ok(Check(command.schema, { schemaVersion: 1, ...whole.json }));
  const failed = await pushed({ ...result, models: none, traces: none, leftOut: [], failed: [{ runId: "r1", reason: "no" }] });
  assert.deepEqual([failed.exitCode, failed.lines], [1, ["http://team:5000: 2 new, 1 updated, 4 there already, 1 failed", "r1: no"]]);
});
