import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { openShell } from "./cli.fixture.ts";

const shell = openShell("touchstone serve ");
writeFileSync(join(shell.folder, "wait.mjs"), `console.log("waiting"); setInterval(() => undefined, 1000);\n`);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === "object" && address !== null ? address.port : 0;
}

function exported(said: string): { uri: string; token: string } {
  const [, uri = "", token = ""] = /export MLFLOW_TRACKING_URI=(\S+)\n\s+export MLFLOW_TRACKING_TOKEN=(\S+)\n/.exec(said) ?? assert.fail(said);
  return { uri, token };
}

async function experiments({ uri, token }: { uri: string; token: string }): Promise<number> {
  return (await fetch(`${uri}/api/2.0/mlflow/experiments/search?max_results=1`, { headers: { authorization: `Bearer ${token}` } })).status;
}

test("serve after a command that left its engine behind serves in its place, at the port that was asked for", async () => {
  assert.equal((await shell.touchstone("runs")).code, 0);
  const port = await freePort();
  const served = shell.start("serve", "--port", String(port));
  const lines = exported(await served.said("MLFLOW_TRACKING_TOKEN="));
  assert.equal(lines.uri, `http://127.0.0.1:${port}`);
  assert.equal(await experiments(lines), 200);

  // A second one in another shell takes nothing away: it shows the same address, and its end is not the first one's.
  const second = shell.start("serve", "--port", String(await freePort()));
  const said = await second.said("MLFLOW_TRACKING_TOKEN=");
  assert.deepEqual(exported(said), lines);
  assert.match(said, /^Not at port \d+: an engine of this folder runs already, for another `touchstone serve`, and keeps its own\.$/m);
  second.child.kill("SIGINT");
  assert.equal((await second.ended).code, 0);
  assert.equal(await experiments(lines), 200);
  const open = await shell.touchstone("serve", "--no-token");
  assert.equal(open.code, 3);
  assert.match(open.stderr, /for another `touchstone serve`: --no-token is not taken up by it\.\nLeave --no-token out to log to that one, or end it first: touchstone stop/);
  served.child.kill("SIGINT");
  assert.equal((await served.ended).code, 0);
});

test("serve beside a training shows how to log to the engine that runs, and leaves the training alone; the token is in no status", async () => {
  assert.equal((await shell.touchstone("run", "--detach", "--", process.execPath, "wait.mjs")).code, 0);
  const served = shell.start("serve");
  const lines = exported(await served.said("MLFLOW_TRACKING_TOKEN="));
  assert.equal(await experiments(lines), 200);
  const status = await shell.touchstone("status");
  assert.match(status.stdout, /wait\.mjs/);
  assert.doesNotMatch(status.stdout + (await shell.touchstone("status", "--json")).stdout, /store\.[0-9a-f]{64}/);
  served.child.kill("SIGTERM");
  assert.equal((await served.ended).code, 0);
});

test("stop without an engine: a training that goes on is found and ended, by a beginning of its id or with --all", async () => {
  const run = async (): Promise<string> => JSON.parse((await shell.touchstone("run", "--json", "--detach", "--", process.execPath, "wait.mjs")).stdout).runId;
  await shell.touchstone("stop", "--all");
  const first = await run();
  assert.match((await shell.touchstone("stop")).stdout, /The engine left/);
  const stopped = await shell.touchstone("stop", first.slice(0, 8), "--grace", "0");
  assert.equal(stopped.code, 0, stopped.stderr);
  assert.match(stopped.stdout, new RegExp(`^${first}  killed`));

  const second = await run();
  await shell.touchstone("stop");
  const all = await shell.touchstone("stop", "--all", "--grace", "0");
  assert.match(all.stdout, new RegExp(`^${second}  killed`));
  await shell.touchstone("stop");
  assert.equal((await shell.touchstone("stop", "--all")).stdout, "Nothing runs.\n");
});
