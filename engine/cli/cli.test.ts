import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("main.ts", import.meta.url));
const base = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-cli-")));
after(() => rmSync(base, { recursive: true, force: true }));

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the CLI in its own process, as a shell does. */
function touchstone(args: readonly string[], cwd = base): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [file, ...args], { cwd, env: { ...process.env, TOUCHSTONE_RUNTIME_DIR: base } }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
    child.stdin?.end();
  });
}

test("wrong use is exit code 2, told to people, and JSON for programs", async () => {
  const typo = await touchstone(["rnus"]);
  assert.deepEqual([typo.code, typo.stdout], [2, ""]);
  assert.match(typo.stderr, /no command `rnus`.\nDid you mean touchstone runs\?/);
  const option = await touchstone(["runs", "--json", "--limt", "3"]);
  assert.equal(option.code, 2);
  assert.deepEqual(JSON.parse(option.stdout), { schemaVersion: 1, error: { code: "WRONG_USE", message: "touchstone runs has no option --limt.", hint: "Did you mean --limit?" } });
  assert.match((await touchstone(["runs", "-n", "--json"])).stderr, /--limit needs a value: --limit N/);
  assert.match((await touchstone(["runs", "--sort", "-", "--json"])).stderr, /--sort needs a column/);
  assert.match((await touchstone(["runs", "--limit"])).stderr, /--limit needs a value: --limit N/);
  assert.match((await touchstone(["runs", "--limit", "many"])).stderr, /whole number from 1 to 100000, not `many`/);
  assert.match((await touchstone(["run"])).stderr, /touchstone run -- python train\.py/);
  assert.match((await touchstone(["status", "now"])).stderr, /does not know what to do with `now`/);
});

test("help says what there is", async () => {
  const { code, stdout } = await touchstone(["--help"]);
  assert.equal(code, 0);
  for (const name of ["run", "runs", "serve", "status", "stop", "schema", "doctor", "gc"]) assert.match(stdout, new RegExp(`^  ${name} `, "m"));
  assert.match((await touchstone(["runs", "--help"])).stdout, /-f, --filter EXPR/);
});

test("the schema of every command's answer can be printed", async () => {
  const one = JSON.parse((await touchstone(["schema", "runs", "--json"])).stdout);
  assert.deepEqual(one.commands.runs.items.required, ["schemaVersion", "runId", "name", "title", "status", "script", "commit", "params", "metrics", "start", "end"]);
  const all = JSON.parse((await touchstone(["schema", "--json"])).stdout);
  assert.deepEqual(Object.keys(all.commands).filter((name) => !name.includes(" ")).toSorted().includes("doctor"), true);
  assert.equal((await touchstone(["schema", "nothing"])).code, 2);
});

test("without an engine, status and stop say so and start none", async () => {
  const status = await touchstone(["status", "--json"]);
  assert.deepEqual([status.code, JSON.parse(status.stdout)], [0, { schemaVersion: 1, running: false, store: false, folder: base, engine: null, launches: [] }]);
  const stop = await touchstone(["stop", "--json"]);
  assert.deepEqual([stop.code, JSON.parse(stop.stdout)], [0, { schemaVersion: 1, launches: [], engine: "none" }]);
  assert.match((await touchstone(["doctor"])).stdout, /has no store yet/);
});
