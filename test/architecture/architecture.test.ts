import assert from "node:assert/strict";
import { builtinModules } from "node:module";
import { test } from "node:test";
import { collectTexts } from "../run/l10n.ts";
import { allFiles, imports, places, read, type Source } from "./sources.ts";

const files = allFiles();
const typescript = files.filter((path) => path.endsWith(".ts")).map(read);
const isTest = ({ path }: Source): boolean => /\.(test|suite|journey|fixture)\.ts$|(^|\/)test|[tT]esting\.ts$/.test(path);
const product = typescript.filter((source) => !isTest(source) && /^(engine|extension|webviews)\//.test(source.path));
const within = (folder: string): Source[] => typescript.filter(({ path }) => path.startsWith(`${folder}/`));

/** `path:line imports target` for every import that `wrong` says so of. */
function wrongImports(sources: readonly Source[], wrong: (target: string, path: string, typeOnly: boolean) => boolean): string[] {
  return sources.flatMap((source) => imports(source).flatMap(({ line, target, typeOnly }) => (wrong(target, source.path, typeOnly) ? [`${source.path}:${line} imports ${target}`] : [])));
}

test("only extension/ and the suites inside the editor import vscode", () => {
  assert.deepEqual(wrongImports([...within("engine"), ...within("webviews")], (target) => target === "vscode"), []);
});

test("extension/ and webviews/ import of engine/ nothing but its API", () => {
  const outside = [...within("extension"), ...within("webviews")].filter((source) => !isTest(source));
  assert.deepEqual(wrongImports(outside, (target) => target.startsWith("engine/") && !target.startsWith("engine/api/")), []);
});

test("webviews import neither Node nor the Node side of the API", () => {
  const sources = within("webviews").filter((source) => !isTest(source));
  const isNode = (target: string): boolean => target.startsWith("node:") || builtinModules.includes(target) || target === "engine/api/connect.ts" || target.startsWith("extension/");
  assert.deepEqual(wrongImports(sources, isNode), []);
});

test("engine/ imports no other side", () => {
  assert.deepEqual(wrongImports(within("engine").filter((source) => !isTest(source)), (target) => /^(extension|webviews|test)\//.test(target)), []);
});

test("the engine's API is a contract: it imports no capability, connect.ts alone is code", () => {
  const api = within("engine/api").filter((source) => !isTest(source) && source.path !== "engine/api/connect.ts");
  assert.deepEqual(wrongImports(api, (target, _path, typeOnly) => target.startsWith("engine/") && !target.startsWith("engine/api/") && !typeOnly), []);
});

test("SQLite's SQL stands in engine/store, DuckDB's in engine/tables", () => {
  const elsewhere = (folder: string): Source[] => product.filter(({ path }) => !path.startsWith(folder));
  assert.deepEqual(wrongImports(elsewhere("engine/store/"), (target, _path, typeOnly) => target === "better-sqlite3" && !typeOnly), []);
  assert.deepEqual(places(elsewhere("engine/store/"), /\.prepare\(/), []);
  assert.deepEqual(wrongImports(elsewhere("engine/tables/"), (target, _path, typeOnly) => target.startsWith("@duckdb/") && !typeOnly), []);
});

test("no file is longer than 400 lines", () => {
  const sources = files.filter((path) => /\.(ts|mts|mjs|js|py|css)$/.test(path) && !path.startsWith("media/sample-project/") && !path.startsWith("test/fixtures/")).map(read);
  const long = sources.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 })).filter(({ lines }) => lines > 400);
  assert.deepEqual(long, []);
});

test("the top level holds the folders and documents of the design, nothing else", () => {
  const allowed = /^(extension|engine|webviews|media|test|schemas|l10n)$|^(package|package-lock|tsconfig|package\.nls)\.json$|^esbuild\.mjs$|^[A-Z][A-Z-]*(\.md)?$|^\./;
  assert.deepEqual([...new Set(files.map((path) => path.split("/")[0] ?? ""))].filter((name) => !allowed.test(name)), []);
});

test("no any, no silenced compiler, no unfinished work, no console", () => {
  assert.deepEqual(places(typescript.filter(notThisTest), /[:<(,|&]\s*any\b\s*[>\])|&,;=[]|\bas any\b|<any>|@ts-(ignore|nocheck|expect-error)|\b(TODO|FIXME|XXX)\b/), []);
  assert.deepEqual(places(product, /\bconsole\.(log|debug|info)\(/), []);
});

test("a cast says why it is safe", () => {
  const cast = /[\w)\]}"'`] as (?:[A-Z{[(]|(?:readonly|typeof|keyof|unknown|string|number|boolean|object|never|bigint)\b)/;
  const unexplained = typescript.filter((source) => notThisTest(source) && !source.path.endsWith(".test.ts")).flatMap(({ path, text }) => {
    const lines = text.split("\n");
    return lines.flatMap((line, index) => {
      const code = withoutStrings(line);
      if (!cast.test(code) || /^\s*(import|export)\b|^\s*(\*|\/\/|\/\*)|^\s*[\w$]+ as [\w$]+,?$|\} from /.test(code)) return [];
      const around = lines.slice(Math.max(0, index - 6), index + 1).join("\n");
      return around.includes("SAFETY:") ? [] : [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`];
    });
  });
  assert.deepEqual(unexplained, []);
});

test("no barrel files: a module has something of its own to say", () => {
  const barrels = product.filter(({ text }) => {
    const statements = text.split("\n").filter((line) => line.trim() !== "" && !/^\s*(\/\/|\/?\*)/.test(line));
    return statements.length > 0 && statements.every((line) => /^export (type )?(\*|\{[^}]*\}) from /.test(line));
  });
  assert.deepEqual(barrels.map(({ path }) => path), []);
});

test("imports name the file with its ending", () => {
  const wrong = product.flatMap((source) => imports(source).flatMap(({ line, target }) => (/^(engine|extension|webviews|test)\//.test(target) && !/\.(ts|mjs|cjs|json|css)$/.test(target) ? [`${source.path}:${line}: ${target}`] : [])));
  assert.deepEqual(wrong, []);
});

test("webviews run nothing from outside the bundle and hold no hidden charts", () => {
  assert.deepEqual(places(product, /retainContextWhenHidden|unsafe-inline|unsafe-eval/), []);
});

test("tests neither skip nor focus nor wait for a time", () => {
  const tests = typescript.filter((source) => isTest(source) && notThisTest(source));
  assert.deepEqual(places(tests, /\b(test|it|describe|suite)\.(skip|only|todo)\(|waitForTimeout\(|setTimeout\([^,]*, *[0-9]{3,}\)|\bsleep\([0-9]{2,}/), []);
});

test("the manifest and the code know the same commands", () => {
  const manifest: { contributes: { commands?: { command: string }[]; menus?: Record<string, { command?: string }[]>; keybindings?: { command: string }[] } } = JSON.parse(read("package.json").text);
  const declared = new Set((manifest.contributes.commands ?? []).map(({ command }) => command));
  const used = [...Object.values(manifest.contributes.menus ?? {}).flat(), ...(manifest.contributes.keybindings ?? [])];
  const unknown = used.map(({ command }) => command ?? "").filter((command) => command.startsWith("touchstone.") && !declared.has(command));
  assert.deepEqual(unknown, [], "menus and keys name declared commands");
  const code = within("extension").filter((source) => !isTest(source)).map(({ text }) => text).join("\n");
  const named = new Set([...code.matchAll(/["'`](?:touchstone\.)?([A-Za-z.]+)["'`]/g)].map((match) => `touchstone.${match[1]}`));
  assert.deepEqual([...declared].filter((command) => !named.has(command)), [], "every declared command is named in extension/");
});

test("texts that can be translated are literals", () => {
  assert.deepEqual(collectTexts().wrong, []);
});

test("nothing names the machine it was written on", () => {
  const texts = files.filter((path) => /\.(ts|mjs|json|md|py|yml|yaml|sh|txt)$/.test(path) || path === ".ci/run").map(read).filter(notThisTest);
  assert.deepEqual(places(texts, /\/work\/(main|wt|shared)|\/tmp\/bash_jobs/), []);
});

function notThisTest({ path }: Source): boolean {
  return !path.startsWith("test/architecture/");
}

function withoutStrings(line: string): string {
  return line.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/g, '""').replace(/\/\/.*$/, "");
}
