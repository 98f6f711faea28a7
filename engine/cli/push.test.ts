import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { test, type TestContext } from "node:test";
import { Check } from "typebox/value";
import type { EngineConnection } from "../api/connect.ts";
import type { PushResult, RemoteAddress } from "../api/remote.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { RemoteServer } from "../remote/client.ts";
import { type Call, OptionValues } from "./command.ts";
import { command } from "./commands/push.ts";

function callOf(uri: string, push: (params: { readonly address: RemoteAddress }) => Promise<unknown>): Call {
  // SAFETY: the command asks the engine for nothing but the push.
  const engine = { request: (_: unknown, params: { readonly address: RemoteAddress }) => push(params) } as unknown as EngineConnection;
  const nothing = (): void => undefined;
  return { words: [uri], command: [], options: new OptionValues({ run: ["r1"] }), json: false, folder: "/", cwd: "/", engine: () => engine, signal: new AbortController().signal, ownSignals: nothing, say: nothing, confirm: async () => null, write: nothing, emit: nothing };
}

/** What the command does with what an engine answers. */
async function pushed(result: PushResult): Promise<{ readonly json: object; readonly exitCode: number | undefined; readonly lines: readonly string[] }> {
  const { answer, exitCode } = await command.run(callOf("http://team:5000", async () => result));
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

/** What a person reads when a push to this address fails. */
async function refusal(uri: string): Promise<readonly (string | undefined)[]> {
  const failed: unknown = await command.run(callOf(uri, async ({ address }) => new RemoteServer(address).post("experiments/search", {}))).catch((error: unknown) => error);
  assert.ok(failed instanceof TouchstoneError);
  return [failed.shape.message.replace(uri, "URI"), failed.shape.hint];
}

async function listening(t: TestContext): Promise<{ readonly server: Server; readonly uri: string }> {
  const server = createServer((_, answer) => answer.writeHead(401).end("Unauthorized")).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const place = server.address();
  assert.ok(place !== null && typeof place === "object");
  return { server, uri: `http://127.0.0.1:${place.port}` };
}

test("a push that a server refuses says which variables carry the credentials; one to a server that is away speaks of no fetching", async (t) => {
  const { server, uri } = await listening(t);
  const variables = "Give the server's token in the environment as TOUCHSTONE_REMOTE_TOKEN, or a user in TOUCHSTONE_REMOTE_USERNAME and the password in TOUCHSTONE_REMOTE_PASSWORD.";
  assert.deepEqual(await refusal(uri), ["URI asks for credentials (401).", variables]);
  process.env["TOUCHSTONE_REMOTE_TOKEN"] = "wrong";
  t.after(() => delete process.env["TOUCHSTONE_REMOTE_TOKEN"]);
  assert.deepEqual(await refusal(uri), ["URI refuses these credentials (401).", variables]);
  assert.deepEqual(await refusal(uri.replace("://", "://ada:word@")), ["The address holds a user or password.", variables]);
  assert.deepEqual(await refusal("team:5000"), ["URI is not the address of an MLflow server.", "It begins with http:// or https://."]);
  server.close();
  const [said, hint] = await refusal(uri);
  assert.match(said ?? "", /^URI does not answer: /);
  assert.equal(hint, "Is the server running, and is the address right?");
});
