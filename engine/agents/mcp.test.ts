// A real MCP client over standard input and output, against the bundled command, on a copy of the sample project.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { agentCall, agentTools } from "../api/agents.ts";

const bundle = fileURLToPath(new URL("../../dist/cli.cjs", import.meta.url));
const sample = fileURLToPath(new URL("../../media/sample-project", import.meta.url));
const manifest = fileURLToPath(new URL("../../package.json", import.meta.url));
const base = realpathSync(mkdtempSync(join(tmpdir(), "touchstone agents ö ")));
const project = join(base, "sample");
const env = { ...process.env, TOUCHSTONE_RUNTIME_DIR: join(base, "run") };
const runs: string[] = [];

before(async () => {
  assert.ok(existsSync(bundle), "dist/cli.cjs is missing; run: node esbuild.mjs");
  cpSync(sample, project, { recursive: true, filter: (path) => !path.includes(".touchstone") });
  for (const lr of ["0.05", "0.4"]) {
    const { stdout } = await promisify(execFile)(process.execPath, [bundle, "run", "--json", "--", process.execPath, "train.mjs", "--lr", lr], { cwd: project, env });
    runs.push(JSON.parse(stdout).runId);
  }
});
after(async () => {
  await promisify(execFile)(process.execPath, [bundle, "stop"], { cwd: project, env });
  rmSync(base, { recursive: true, force: true, maxRetries: 5 });
});

interface Answered {
  readonly text: string;
  readonly data: Record<string, unknown>;
  readonly isError: boolean;
}

/** A client of the server in the sample; `says` answers its questions, without it the client cannot be asked. */
async function connect(t: TestContext, says?: (question: string) => boolean, { args = [], cwd = project }: { readonly args?: readonly string[]; readonly cwd?: string } = {}): Promise<{ client: Client; call: (name: string, input?: object) => Promise<Answered> }> {
  const client = new Client({ name: "Test Agent", version: "1" }, { capabilities: says === undefined ? {} : { elicitation: {} } });
  if (says !== undefined) client.setRequestHandler(ElicitRequestSchema, ({ params }) => (says(params.message) ? { action: "accept", content: {} } : { action: "decline" }));
  const transport = new StdioClientTransport({ command: process.execPath, args: [bundle, "mcp", ...args], cwd, env: Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))) });
  await client.connect(transport);
  t.after(() => client.close());
  const call = async (name: string, input: object = {}): Promise<Answered> => {
    const { content, structuredContent, isError } = await client.callTool({ name, arguments: { ...input } });
    assert.ok(Array.isArray(content));
    return { text: content.map((part) => String(part.text)).join("\n"), data: { ...Object(structuredContent) }, isError: isError === true };
  };
  return { client, call };
}

test("a client that only looks at the tools leaves no store in a folder that has none", async (t) => {
  const cwd = join(base, "new project");
  mkdirSync(cwd);
  // An engine has a private folder before it runs.
  const before = readdirSync(join(base, "run"));
  const { client } = await connect(t, undefined, { cwd });
  assert.equal((await client.listTools()).tools.length, agentTools.length);
  assert.deepEqual([readdirSync(cwd), readdirSync(join(base, "run"))], [[], before]);
});

test("the editor's manifest and the MCP server list one and the same tools", async (t) => {
  const { languageModelTools } = JSON.parse(readFileSync(manifest, "utf8")).contributes;
  const { client } = await connect(t);
  const { tools } = await client.listTools();
  const listed = tools.map(({ name, description, inputSchema, annotations }) => [`touchstone_${name}`, description, inputSchema, annotations?.readOnlyHint]);
  const written = agentTools.map(({ name, description, input, writes }) => [`touchstone_${name}`, description, JSON.parse(JSON.stringify(input)), !writes]);
  assert.deepEqual(listed, written);
  assert.deepEqual(languageModelTools.map((one: Record<string, unknown>) => [one["name"], one["modelDescription"], one["inputSchema"]]), written.map((one) => one.slice(0, 3)));
});

test("runs are searched, read, compared and ranked, with n and in pages", async (t) => {
  const { call } = await connect(t);
  const first = await call("search_runs", { limit: 1, sort: ["-params.lr"] });
  assert.match(first.text, /^1–1 of 2 runs\. More: from 1\./);
  assert.deepEqual([first.data["total"], first.data["runs"]].map((one) => (Array.isArray(one) ? one.length : one)), [2, 1]);
  const second = await call("search_runs", { from: 1, sort: ["-params.lr"] });
  assert.match(second.text, /^2–2 of 2 runs\.\n/);
  const got = await call("get_run", { run: runs[0]?.slice(0, 8) });
  assert.match(got.text, /param lr = 0\.05 \(argument, differs among runs\)/);
  assert.match(got.text, /metric \S+: last .*, n \d+ points/);
  const changed = await call("what_changed", { run: runs[1] });
  assert.match(changed.text, /param lr: 0\.05 → 0\.4/);
  assert.deepEqual([changed.data["a"], changed.data["b"]], runs);
  const best = await call("best_run");
  assert.match(best.text, /n 2 finished runs/);
  assert.equal(best.data["n"], 2);
  const metric = String(best.data["metric"]);
  const curve = await call("run_metrics", { run: runs[0], key: metric, points: 4 });
  assert.match(curve.text, new RegExp(`^${metric}: \\d+ points`));
  const unknown = await call("get_run", { run: "nobody" });
  assert.deepEqual([unknown.isError, unknown.text], [true, "There is no run nobody. search_runs lists them."]);
  const wrong = await call("search_runs", { limit: 1000 });
  assert.equal((await call("what_changed", { run: runs[0], other: runs[1] })).text, "other is no argument of what_changed: what_changed takes run, against (optional).");
  assert.equal((await call("get_run")).text, "run of get_run is missing: get_run takes run.");
  assert.deepEqual((await call("best_run", { metric: "metrics.val_loss" })).data["metric"], (await call("best_run", { metric: "val_loss" })).data["metric"]);
  assert.deepEqual([wrong.isError, wrong.text], [true, "limit of search_runs is wrong: it must be <= 50. search_runs takes filter (optional), script (optional), sort (optional), columns (optional), limit (optional), from (optional)."]);
  const filter = await call("search_runs", { filter: "metrics.val_f1 >" });
  assert.equal(filter.isError, true);
});

test("predictions are evaluated, their worst slices and the rows of one are given, every number with its n and interval", async (t) => {
  const { call } = await connect(t);
  const view = await call("evaluate_file", { file: "predictions_js.csv" });
  assert.match(view.text, /accuracy 0\.\d+ \[0\.\d+ – 0\.\d+\] \(n 2000\)/);
  const slices = await call("worst_slices", { file: "predictions_js.csv", limit: 2 });
  assert.match(slices.text, /1–2 of \d+ slices\. More: from 2\.\n.+: n \d+, error 0\.\d+ \[.+\] \(n \d+\), .+ of the errors, q /);
  const [worst] = slices.data["slices"] as { predicates: object[]; n: number }[];
  assert.ok(worst);
  const rows = await call("slice_rows", { file: "predictions_js.csv", slice: worst.predicates, limit: 3 });
  assert.equal(rows.data["total"], worst.n);
  assert.match(rows.text, /1–3 of \d+ rows\./);
});

test("a write happens only when the person agrees; without a way to ask, nothing is changed", async (t) => {
  const mute = await connect(t);
  const refused = await mute.call("note_run", { run: runs[0], note: "from a mute client" });
  assert.equal(refused.isError, true);
  assert.match(refused.text, /cannot ask the person/);

  const asked: string[] = [];
  let agrees = false;
  const { call } = await connect(t, (question) => {
    asked.push(question);
    return agrees;
  });
  const declined = await call("note_run", { run: runs[0], note: "no" });
  assert.deepEqual([declined.isError, declined.text], [true, "The person said no; nothing was changed."]);
  agrees = true;
  await call("note_run", { run: runs[0], note: "looks overfit" });
  await call("note_run", { run: runs[0], note: "try depth 3", add: true });
  assert.match((await call("get_run", { run: runs[0] })).text, /note: looks overfit\ntry depth 3/);
  await call("tag_run", { runs, set: { stage: "candidate" } });
  assert.match((await call("search_runs", { filter: 'tags.stage = "candidate"' })).text, /of 2 runs/);
  const started = await call("start_run", { command: [process.execPath, "train.mjs", "--lr", "0.2"] });
  assert.match(started.text, /^Started .* as run [0-9a-f]{32}\./);
  assert.equal(asked.at(-1), `Start \`${process.execPath} train.mjs --lr 0.2\` in '${project}' on this computer and record it?`);
  assert.equal(asked.length, 5);
});

test("a question shows each word of a command, where it would run, and characters that would hide a part of it", async (t) => {
  const asked: string[] = [];
  const { call } = await connect(t, (question) => {
    asked.push(question);
    return false;
  });
  await call("start_run", { command: ["sh", "-c", "echo it's fine; rm -rf ~", "a b", "\u001b[2K\r\u202etxt.exe"] });
  await call("note_run", { run: runs[0], note: "one\ntwo\u200b" });
  assert.equal(asked[0], `Start \`sh -c 'echo it'\\''s fine; rm -rf ~' 'a b' '\\u{1b}[2K\\u{d}\\u{202e}txt.exe'\` in '${project}' on this computer and record it?`);
  assert.match(asked[1] ?? "", /: “one↵two\\u\{200b\}”\?$/);
});

test("a file outside of the folder is read only when the person agrees, wherever a link within it leads", async (t) => {
  // Its path begins as the folder's does.
  const outside = join(base, "sample predictions.csv");
  copyFileSync(join(project, "predictions_js.csv"), outside);
  symlinkSync(outside, join(project, "linked.csv"));
  const mute = await connect(t);
  const asked: string[] = [];
  let agrees = false;
  const { call } = await connect(t, (question) => {
    asked.push(question);
    return agrees;
  });
  for (const file of [outside, "../sample predictions.csv", "linked.csv"]) {
    for (const tool of ["evaluate_file", "worst_slices", "slice_rows"]) {
      const refused = await mute.call(tool, { file });
      assert.deepEqual([refused.isError, refused.text.startsWith("This client cannot ask the person (it has no elicitation), so nothing was read.")], [true, true], `${tool} ${file}`);
    }
    const declined = await call("evaluate_file", { file });
    assert.deepEqual([declined.isError, declined.text], [true, "The person said no; nothing was read."], file);
    assert.equal(asked.at(-1), `Read '${outside}' for the agent? It lies outside of '${project}'.`);
  }
  agrees = true;
  assert.match((await call("evaluate_file", { file: outside })).text, /accuracy 0\.\d+/);
  const before = asked.length;
  assert.match((await call("evaluate_file", { file: join(project, "predictions_js.csv") })).text, /accuracy 0\.\d+/);
  assert.equal(asked.length, before, "within the folder nobody is asked");
});

test("paths and commands begin in the folder that `--folder` names, wherever the client started the server", async (t) => {
  const elsewhere = { args: ["--folder", project], cwd: base };
  const mute = await connect(t, undefined, elsewhere);
  assert.match((await mute.call("evaluate_file", { file: "predictions_js.csv" })).text, /accuracy 0\.\d+/);
  assert.match((await mute.call("worst_slices", { file: "./predictions_js.csv", limit: 1 })).text, /\n1–1 of \d+ slices\./);
  const missing = await mute.call("evaluate_file", { file: "nope.csv" });
  assert.deepEqual([missing.isError, missing.text], [true, `${join(project, "nope.csv")} There is no such file.`]);
  const asked: string[] = [];
  const { call } = await connect(t, (question) => (asked.push(question), false), elsewhere);
  await call("start_run", { command: ["python", "train.py"] });
  await call("evaluate_file", { file: "../sample predictions.csv" });
  assert.deepEqual(asked, [`Start \`python train.py\` in '${project}' on this computer and record it?`, `Read '${join(base, "sample predictions.csv")}' for the agent? It lies outside of '${project}'.`]);
});

test("only the tool that starts something is given the environment", () => {
  const given = agentTools.filter(({ name }) => "env" in agentCall({ tool: name, input: {}, agent: "a", env: { HF_TOKEN: "x" } })).map(({ name }) => name);
  assert.deepEqual(given, ["start_run"]);
});

test("an agent's suggestion stands beside the item once the person agreed, and is no vote", async (t) => {
  const asked: string[] = [];
  let agrees = false;
  const { call } = await connect(t, (question) => {
    asked.push(question);
    return agrees;
  });
  const { sets } = (await call("label_queue")).data as { sets: { set: string; done: number }[] };
  const [set] = sets;
  assert.ok(set);
  const queue = await call("label_queue", { set: set.set, limit: 20 });
  const { items, classes } = queue.data as { items: { item: string; suggestion: string | null }[]; classes: string[] };
  const suggestions = items.map(({ item }) => ({ item, class: classes[0] ?? "", score: 0.9, reason: "says so" }));
  const declined = await call("suggest_label", { set: set.set, suggestions });
  assert.deepEqual([declined.isError, declined.text, existsSync(join(project, "labels", set.set, "suggestions"))], [true, "The person said no; nothing was changed.", false]);
  agrees = true;
  const said = await call("suggest_label", { set: set.set, suggestions });
  assert.deepEqual(asked, Array.from({ length: 2 }, () => `Show 20 suggested labels beside the items of ${set.set}? They are no votes.`));
  assert.match(said.text, /^20 suggestions stand beside the items/);
  const [file] = readdirSync(join(project, "labels", set.set, "suggestions"));
  assert.equal(file, "test-agent.jsonl");
  const after = (await call("label_queue", { set: set.set, limit: 20 })).data as { items: { suggestion: string | null }[] };
  // A share stays hidden from people, to measure its pull.
  const shown = after.items.filter(({ suggestion }) => suggestion === classes[0]).length;
  assert.ok(shown > 10 && shown <= 20, `${shown} shown`);
  const still = (await call("label_queue")).data as { sets: { set: string; done: number }[] };
  assert.equal(still.sets.find((one) => one.set === set.set)?.done, set.done);
  const wrong = await call("suggest_label", { set: set.set, suggestions: [{ item: "nobody", class: classes[0] ?? "" }] });
  assert.deepEqual([wrong.isError, wrong.text.startsWith("The item nobody is not in this label set.")], [true, true]);
});
