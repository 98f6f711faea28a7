// npm start [-- --folder F] [--host [--data D]] [--no-open]: a real VS Code with this extension, on a copy of the sample project.
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { startServer, uriPath } from "../host/server.ts";
import { firstSettings } from "../host/settings.ts";
import { desktopCommand, downloadDesktop, findDesktop, hasDisplay } from "./desktop.ts";
import { cacheFolder, root } from "./entry.mjs";

const { values } = parseArgs({
  options: { folder: { type: "string" }, host: { type: "boolean", default: false }, data: { type: "string" }, "no-open": { type: "boolean", default: false } },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await timed("Building the extension", () => {
  const built = spawnSync(process.execPath, ["esbuild.mjs"], { cwd: root, stdio: "inherit" });
  if (built.status !== 0) throw new Error("The build failed; see above.");
});
/** The sample is this repository's own code; any other folder is trusted by its person, in the window. */
const own = values.folder === undefined;
const folder = values.folder === undefined ? sampleProject() : resolve(values.folder);
/** Where the window begins: the end of the script, above which stands `Run & track`. */
const script = own ? join(folder, "train.py") : null;
const desktop = values.host ? null : await desktopProgram();
if (desktop === null) await openHost();
else await openDesktop(desktop);

/** The copy that belongs to the person: made once, kept with everything they did in it. */
function sampleProject(): string {
  const copy = join(homedir(), "touchstone-sample");
  if (existsSync(copy)) say(`The sample project is the copy of last time: ${copy} (delete it for a fresh one)`);
  else {
    cpSync(join(root, "media", "sample-project"), copy, { recursive: true });
    say(`The sample project was copied to ${copy}`);
  }
  return copy;
}

async function desktopProgram(): Promise<string | null> {
  const found = findDesktop();
  if (found !== null) {
    say(`VS Code ${found.version} is installed: ${found.program}`);
    return found.program;
  }
  if (!hasDisplay()) {
    say("There is no VS Code from 1.101 on and no display for one: it comes as a page for your browser.");
    return null;
  }
  try {
    return await timed("No VS Code from 1.101 on was found: downloading one (about 150 MB, 450 MB on disk) into the cache folder", () => downloadDesktop());
  } catch (error) {
    say(`That did not work (${error instanceof Error ? error.message : String(error)}); VS Code comes from npm as a page for your browser instead.`);
    return null;
  }
}

function lastLine(path: string): number {
  return readFileSync(path, "utf8").trimEnd().split("\n").length;
}

async function openDesktop(program: string): Promise<void> {
  const userData = join(cacheFolder(), "vscode-user-data");
  mkdirSync(userData, { recursive: true });
  say(`Opening ${folder}; settings of this window are kept apart in ${userData}`);
  const asRoot = process.platform === "linux" && process.getuid?.() === 0;
  const command = desktopCommand(program, { folder, userData, trusted: own, asRoot, ...(script === null ? {} : { script: { path: script, line: lastLine(script) } }) });
  const env = { ...process.env };
  delete env["ELECTRON_RUN_AS_NODE"];
  const child = spawn(command.program, command.args, { stdio: "inherit", shell: command.shell, env });
  const [code]: (number | null)[] = await once(child, "exit");
  process.exitCode = code ?? 1;
}

async function openHost(): Promise<void> {
  const token = randomBytes(20).toString("hex");
  const server = await timed("Starting VS Code as a page for your browser", () =>
    startServer({ token, disableTrust: own, dataDir: values.data ?? join(cacheFolder(), "vscode-host"), settings: firstSettings, endEverything: false, say }),
  );
  const remote = (path: string): string => `vscode-remote://127.0.0.1:${server.port}${uriPath(path)}`;
  const payload: [string, string][] = [["extensionDevelopmentPath", remote(root)]];
  if (script !== null) payload.push(["gotoLineMode", "true"], ["openFile", `${remote(script)}:${lastLine(script)}`]);
  const address = server.url(folder, payload);
  say(`\nOpen ${address}\n\nOnly who has this address can use it. Ctrl-C ends it; trainings that were started go on.`);
  if (!values["no-open"]) openAddress(address);
  await new Promise((done) => process.once("SIGINT", done).once("SIGTERM", done));
  await server.stop();
}

/** Shows a page in the person's browser, where there is one. */
function openAddress(address: string): void {
  const [program = "", ...args] = process.platform === "darwin" ? ["open", address] : process.platform === "win32" ? ["rundll32", "url.dll,FileProtocolHandler", address] : ["xdg-open", address];
  if (process.platform === "linux" && !hasDisplay()) return;
  spawn(program, args, { stdio: "ignore", detached: true })
    .on("error", () => undefined)
    .unref();
}

async function timed<T>(what: string, run: () => T | Promise<T>): Promise<T> {
  say(`${what} …`);
  const start = performance.now();
  const result = await run();
  say(`… done in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}
