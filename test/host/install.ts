import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, fetchPackage, node24, npm } from "../run/entry.mjs";

/** The npm package that carries a complete VS Code server and workbench; this one holds VS Code 1.139. */
export const CODE_SERVER = "code-server@4.139.1";
export const VSCODE_VERSION = "1.139";

/**
 * Folder of VS Code's server, fetched from npm on first use (47 MB packed, 615 MB on disk, half a minute).
 * Nothing of the package's own install scripts is run.
 */
export function installHost(say: (line: string) => void = () => {}): string {
  const target = join(cacheFolder(), "code-server", CODE_SERVER.slice(CODE_SERVER.lastIndexOf("@") + 1));
  const node = node24({ say });
  const options = ["install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"];
  let announced = false;
  fetchPackage(CODE_SERVER, target, (folder) => {
    for (const part of ["", "lib/vscode", "lib/vscode/extensions"]) {
      if (!announced) say(`VS Code ${VSCODE_VERSION} comes as the npm package ${CODE_SERVER} (615 MB on disk) into ${target}`);
      announced = true;
      npm(options, { cwd: join(folder, part), node });
    }
    for (const [module, source] of Object.entries(substitutes)) writeFileSync(join(folder, "lib/vscode/node_modules", module, "index.js"), source);
  });
  return join(target, "lib", "vscode");
}

/**
 * Two native modules of VS Code that npm brings without a binary; compiling them takes a C++ toolchain. The log's
 * substitute appends to the same files, so that output channels show what they should.
 */
const substitutes: Record<string, string> = {
  "@vscode/native-watchdog": "exports.start = () => {};\nexports.exit = (code) => process.exit(code);\n",
  "@vscode/spdlog": `const fs = require("fs");
const path = require("path");
const names = ["trace", "debug", "info", "warning", "error", "critical"];
class Logger {
  constructor(kind, name, file) {
    this.file = file;
    this.level = 2;
    this.bare = false;
    names.forEach((name, level) => {
      const write = (text) => {
        if (level < this.level) return;
        const stamp = new Date().toISOString().replace("T", " ").replace("Z", "");
        fs.appendFileSync(file, this.bare ? text : stamp + " [" + name + "] " + text + "\\n");
      };
      this[name] = write;
      if (name === "warning") this.warn = write;
    });
  }
  getLevel() { return this.level; }
  setLevel(level) { this.level = level; }
  setPattern() {}
  clearFormatters() { this.bare = true; }
  flush() {}
  drop() {}
}
async function create(name, file) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  return new Logger("rotating", name, file);
}
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
`,
};
