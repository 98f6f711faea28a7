import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openShell } from "./cli.fixture.ts";

const shell = openShell("touchstone words ");
mkdirSync(join(shell.folder, "logs"));
writeFileSync(join(shell.folder, "logs", "wide.csv"), "epoch,a,b,c,d,e,f,g\n1,1,2,3,4,5,6,7\n");
writeFileSync(join(shell.folder, "logs", "grid.csv"), "name,lr,depth,val_auc\nx,0.1,3,0.9\n");

test("an import that takes nothing says why: the path is wrong, or a column is missing", async () => {
  const missing = await shell.touchstone("import", "nowhere");
  assert.deepEqual([missing.code, missing.stderr.split("\n")[0]], [2, `touchstone: ${join(shell.folder, "nowhere")}: This path does not exist.`]);
  const grid = await shell.touchstone("import", "logs/grid.csv");
  assert.equal(grid.code, 2);
  assert.match(grid.stderr, /grid\.csv: The file has no column that counts its rows: one called step, _step, global_step, .*epoch, batch, round or trial is needed\. It has name, lr, depth, val_auc\.\n/);
  assert.match((await shell.touchstone("import", "logs")).stderr, /Nothing here was written by a tracker that Touchstone knows\.\n1 CSV file that looks like a log of metrics was passed over: wide\.csv; to import one, point at it\./);
  mkdirSync(join(shell.folder, "empty"));
  assert.match((await shell.touchstone("import", "empty")).stderr, /Nothing here was written by a tracker that Touchstone knows\.\n.*A CSV file is taken in where it is named itself\./);
});

test("import --follow of an empty folder waits for the first run, and takes in what appears beside it later", async () => {
  const folder = join(shell.folder, "later");
  mkdirSync(folder);
  const { child, ended, said } = shell.start("import", "--follow", "later");
  await said(`Nothing is in ${folder} yet: waiting for the first run.`);
  mkdirSync(join(folder, "lightning_logs", "version_0"), { recursive: true });
  writeFileSync(join(folder, "lightning_logs", "version_0", "metrics.csv"), "step,loss\n0,1\n");
  await said("1 run; new: 1 run, 1 point");
  appendFileSync(join(folder, "lightning_logs", "version_0", "metrics.csv"), "1,0.5\n2,0.25\n");
  await said("1 run; new: 2 points");
  mkdirSync(join(folder, "keras"));
  writeFileSync(join(folder, "keras", "digits.csv"), "epoch,accuracy,loss\n0,0.5,1\n1,0.75,0.5\n");
  await said("Keras CSV log");
  writeFileSync(join(folder, "plain.csv"), "step,loss\n0,1\n");
  await said("1 CSV file that looks like a log of metrics was passed over: later/plain.csv; to import one, point at it.");
  child.kill("SIGINT");
  assert.equal((await ended).code, 0);
  const runs: { name: string; metrics: { loss: { last: number } } }[] = JSON.parse((await shell.touchstone("runs", "--json")).stdout);
  assert.deepEqual(runs.map(({ name, metrics }) => [name, metrics.loss.last]).sort(), [["digits", 0.5], ["lightning_logs/version_0", 0.25]]);
  await shell.touchstone("prune", "--yes", "--where", "metrics.loss < 9");
});

test("runs: a filter without a hit says so, name is the run's name, and columns without room are counted below the table", async () => {
  assert.equal((await shell.touchstone("runs")).stdout, "No run. Record one with: touchstone run -- python train.py\n");
  assert.equal((await shell.touchstone("import", "logs/wide.csv")).code, 0);
  const shown = (await shell.touchstone("runs", "--filter", 'name = "wide"')).stdout.trim().split("\n");
  assert.match(shown[0] ?? "", / a +b +c +d +e$/);
  assert.equal(shown.at(-1), "+2 more: f, g; --json has all");
  assert.equal((await shell.touchstone("runs", "--filter", "metrics.a > 5")).stdout, "No run for which metrics.a > 5 is true; 1 run is here without --filter.\n");
  assert.equal((await shell.touchstone("runs", "--deleted")).stdout, "No run is deleted.\n");
  assert.equal((await shell.touchstone("runs", "--script", "b.py")).stdout, "No run of b.py; 1 run is here without --script.\n");
});

test("a run is named by the beginning of its id that the table prints", async () => {
  const [{ runId }] = JSON.parse((await shell.touchstone("runs", "--json")).stdout);
  const written = await shell.touchstone("export", "out", "--to", "csv", "--run", runId.slice(0, 8));
  assert.equal(written.code, 0, written.stderr);
  assert.ok(existsSync(join(shell.folder, "out", "runs.csv")));
  const short = await shell.touchstone("export", "out2", "--to", "csv", "--run", runId.slice(0, 3));
  assert.match(short.stderr, /is too short for a run's id\.\nGive at least 6 characters of it\./);
  assert.match((await shell.touchstone("push", "http://127.0.0.1:9", "--run", "feedfeed")).stderr, /There is no run feedfeed\.\n`touchstone runs` lists them/);
  const away = await shell.touchstone("push", "http://127.0.0.1:9", "--run", runId.slice(0, 8));
  assert.match(away.stderr, /127\.0\.0\.1:9 does not answer: .*\nIs the server running, and is the address right\?/);
  assert.match((await shell.touchstone("stop", "feedfeed")).stderr, /There is no run feedfeed\.\nNothing runs\./);
});

test("one of a thing is one; of runs that may not go, prune says why, and a backup's date reads as everywhere", async () => {
  writeFileSync(join(shell.folder, "logs", "narrow.csv"), "epoch,a\n1,1\n");
  assert.match((await shell.touchstone("import", "logs/narrow.csv")).stdout, /: 1 run; new: 1 run, 1 point$/m);
  assert.match((await shell.touchstone("export", "one", "--to", "csv", "--filter", 'name = "narrow"')).stdout, /^1 run, 1 point, 0 artifacts /);
  const { child, said } = shell.start("run", "--name", "long", "--", process.execPath, "-e", "console.log('waiting'); setInterval(() => 0, 1000)");
  await said("waiting");
  const kept = await shell.touchstone("prune", "--where", 'name = "long"');
  assert.deepEqual(kept.stdout.trim().split("\n"), ["Nothing was removed: of 1 such run none may go.", "1 kept: still running."]);
  child.kill("SIGINT");
  assert.equal((await shell.touchstone("backup", "all.backup")).code, 0);
  assert.match((await shell.touchstone("restore", "all.backup", "--folder", join(shell.folder, "again"))).stdout, /has the store of \d{4}-\d\d-\d\d \d\d:\d\d UTC again: /);
});

test("open: a bundle is read by the commands that read, without a trace where it lies", async () => {
  assert.equal((await shell.touchstone("export", "sent/b.touchstone-bundle", "--to", "bundle", "--filter", 'name = "wide"')).code, 0);
  const { code, stdout } = await shell.touchstone("open", "sent/b.touchstone-bundle");
  const [, folder = ""] = /^b\.touchstone-bundle is opened for reading: 1 run\. Nothing was written where it lies\.\ntouchstone runs --folder "?([^"\n]+)"?\nlists them; /.exec(stdout) ?? [];
  assert.deepEqual([code, readdirSync(join(shell.folder, "sent"))], [0, ["b.touchstone-bundle"]]);
  const said = JSON.parse((await shell.touchstone("open", "sent/b.touchstone-bundle", "--json")).stdout);
  assert.deepEqual(said, { schemaVersion: 1, folder, name: "b.touchstone-bundle", file: join(shell.folder, "sent", "b.touchstone-bundle"), runs: 1, problems: [] });
  const runs: { name: string; metrics: { g: { last: number } } }[] = JSON.parse((await shell.touchstone("runs", "--json", "--folder", folder)).stdout);
  assert.deepEqual(runs.map(({ name, metrics }) => [name, metrics.g.last]), [["wide", 7]]);
  assert.match((await shell.touchstone("prune", "--yes", "--where", "metrics.g = 7", "--folder", folder)).stderr, /These runs are of the bundle b\.touchstone-bundle, which is opened for reading\./);
  assert.match((await shell.touchstone("storage")).stdout, /^opened bundles +runs +bytes +last opened\nb\.touchstone-bundle +1 +[\d.]+ kB +\d{4}-/m);
  const missing = await shell.touchstone("open", "sent/none.touchstone-bundle");
  assert.deepEqual([missing.code, missing.stderr], [2, `touchstone: ${join(shell.folder, "sent", "none.touchstone-bundle")}: ${join(shell.folder, "sent", "none.touchstone-bundle")} is no file.\n`]);
  await shell.touchstone("stop", "--folder", folder);
});

test("run --resume prints what is new; the whole log stays in the run", async () => {
  writeFileSync(join(shell.folder, "say.mjs"), "console.log(process.argv[2]);\n");
  const first = JSON.parse((await shell.touchstone("run", "--json", "--", process.execPath, "say.mjs", "once")).stdout);
  const resumed = await shell.touchstone("run", "--resume", first.runId.slice(0, 8), "--", process.execPath, "say.mjs", "again");
  assert.deepEqual([resumed.code, resumed.stdout.replaceAll("\r", "")], [0, "again\n"]);
  const { launchId } = JSON.parse((await shell.touchstone("run", "--json", "--resume", first.runId, "--", process.execPath, "say.mjs", "thrice")).stdout);
  assert.equal(readFileSync(join(shell.folder, ".touchstone", "launches", launchId, "log"), "utf8").replaceAll("\r", ""), "once\nagain\nthrice\n");
});

test("what `export --to mlruns` wrote, another store imports as it was, with and without naming the format", async () => {
  writeFileSync(join(shell.folder, "logs", "there.csv"), "epoch,a\n1,0.5\n2,0.25\n");
  assert.equal((await shell.touchstone("import", "logs/there.csv")).code, 0);
  const written = await shell.touchstone("export", "back/mlruns", "--to", "mlruns", "--filter", 'name = "there"');
  assert.equal(written.code, 0, written.stderr);
  const shown = async (...words: string[]): Promise<unknown> => {
    const runs: { name: string; runId: string; status: string; metrics: unknown }[] = JSON.parse((await shell.touchstone("runs", "--json", "--filter", 'name = "there"', ...words)).stdout);
    return runs.map(({ name, runId, status, metrics }) => ({ name, runId, status, metrics }));
  };
  const other = join(shell.folder, "other");
  // Without a store of its own, it would be part of the folder above.
  mkdirSync(join(other, ".touchstone"), { recursive: true });
  const taken = await shell.touchstone("import", "back/mlruns", "--folder", other);
  assert.deepEqual([taken.code, taken.stdout], [0, `MLflow folder ${join(shell.folder, "back", "mlruns")}: 1 run; new: 1 run, 2 points, 1 tag\n`]);
  assert.deepEqual(await shown("--folder", other), await shown());
  assert.match((await shell.touchstone("import", "back/mlruns", "--format", "mlruns", "--folder", other)).stdout, /: 1 run; nothing was new\n$/);
  await shell.touchstone("stop", "--folder", other);
});

test("run --resume with other params says which; a name with it, and another script than the run's, are refused", async () => {
  writeFileSync(join(shell.folder, "other.mjs"), "\n");
  const first = JSON.parse((await shell.touchstone("run", "--json", "--", process.execPath, "say.mjs", "--lr", "0.02", "--epochs", "20")).stdout);
  const again = await shell.touchstone("run", "--resume", first.runId, "--", process.execPath, "say.mjs", "--lr", "0.3", "--epochs", "20");
  assert.match(again.stderr, /^touchstone: The params of this run change: lr: 0\.02 before, 0\.3 from here on\. What it logged before is of the old ones\.\n/);
  assert.doesNotMatch(again.stderr, /epochs/);
  const named = await shell.touchstone("run", "--resume", first.runId, "--name", "late", "--", process.execPath, "say.mjs");
  assert.deepEqual([named.code, named.stderr.split("\n")[0]], [2, "touchstone: --name is for a new run: one that is resumed keeps its name."]);
  assert.match((await shell.touchstone("run", "--resume", first.runId, "--experiment", "e", "--", process.execPath, "say.mjs")).stderr, /--experiment is for a new run: one that is resumed keeps its experiment\./);
  const other = await shell.touchstone("run", "--resume", first.runId, "--", process.execPath, "other.mjs");
  assert.deepEqual([other.code, other.stderr.split("\n").slice(0, 2)], [2, [`touchstone: The run ${first.runId.slice(0, 8)} is of say.mjs, and this is other.mjs.`, "Give the run's own script, leave --resume out for a new run, or say --other-script if it is meant."]]);
  assert.equal((await shell.touchstone("run", "--resume", first.runId, "--other-script", "--", process.execPath, "other.mjs")).code, 0);
});

test("runs: a long param or name, and one of several lines, take a cell of the table, not all of the terminal", async () => {
  for (const words of [["--note", "x".repeat(7000)], ["--note", "one\ntwo"]]) assert.equal((await shell.touchstone("run", "--name", `long ${"y".repeat(500)}`, "--", process.execPath, "say.mjs", ...words)).code, 0);
  const { stdout } = await shell.touchstone("runs", "-n", "2");
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, 3, stdout.slice(0, 500));
  assert.ok(lines.every((line) => line.length < 200), String(lines.map((line) => line.length)));
  assert.match(stdout, /long y+… .*\bone two\n/);
  assert.match(stdout, /\bx{31}…\n/);
});
