"use strict";
/**
 * Captures what a tracked Node program does, without a change to its code: files read and written under the folder, and the
 * exception that ended it. Loaded with `--require`; inactive outside of a tracked run. It never throws into the program.
 */
if (process.env.TOUCHSTONE_EVENTS) {
  const fs = require("node:fs");
  const module_ = require("node:module");
  const path = require("node:path");
  const { fileURLToPath, pathToFileURL } = require("node:url");
  const api = path.join(__dirname, "touchstone.cjs");
  const { _emit: emit, _site: site } = require("./touchstone.cjs");

  const folder = path.resolve(process.env.TOUCHSTONE_FOLDER || process.cwd());
  const FOREIGN = new Set(["node_modules", ".git", ".touchstone"]);
  const CODE = /\.(?:[cm]?[jt]sx?|node|map|lock)$|(?:^|[\\/])(?:package(?:-lock)?|tsconfig[^\\/]*)\.json$|(?:^|[\\/])\.env[^\\/]*$/;
  const PER_DIRECTORY = 100;
  const named = new Set();
  const counts = new Map();

  const note = (kind, given) => {
    try {
      if (typeof given !== "string" && !(given instanceof URL) && !Buffer.isBuffer(given)) return;
      let whole = path.resolve(given instanceof URL ? fileURLToPath(given) : String(given));
      const inner = path.relative(folder, whole);
      if (inner === "" || inner.startsWith("..") || path.isAbsolute(inner) || CODE.test(whole) || inner.split(path.sep).some((part) => FOREIGN.has(part))) return;
      const directory = `${kind}:${path.dirname(whole)}`;
      const count = counts.get(directory) ?? 0;
      if (count > PER_DIRECTORY || named.has(`${kind}:${whole}`) || (kind === "input" && (named.has(`output:${whole}`) || !fs.statSync(whole, { throwIfNoEntry: false })?.isFile()))) return;
      counts.set(directory, count + 1);
      if (count === PER_DIRECTORY) whole = path.dirname(whole);
      named.add(`${kind}:${whole}`);
      const [file, line] = site();
      emit(kind, { path: whole, file, line });
    } catch {
      // What cannot be named is not worth an error in the program.
    }
  };

  const writes = (flags) => (typeof flags === "number" ? (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0 : typeof flags === "string" && /[wax+]/.test(flags));
  const byFlags = (args) => (writes(typeof args[1] === "object" && args[1] !== null ? args[1].flags : args[1]) ? "output" : "input");
  const wrap = (holder, name, kindOf, position = 0) => {
    const original = holder[name];
    if (typeof original !== "function") return;
    const wrapped = function (...args) {
      note(kindOf(args), args[position]);
      return Reflect.apply(original, this, args);
    };
    holder[name] = Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original));
  };
  const input = () => "input";
  const output = () => "output";
  for (const suffix of ["Sync", ""]) {
    wrap(fs, `readFile${suffix}`, input);
    wrap(fs, `writeFile${suffix}`, output);
    wrap(fs, `appendFile${suffix}`, output);
    wrap(fs, `open${suffix}`, byFlags);
    wrap(fs, `copyFile${suffix}`, input);
    wrap(fs, `copyFile${suffix}`, output, 1);
    wrap(fs, `rename${suffix}`, output, 1);
  }
  for (const [name, kind] of [["readFile", input], ["writeFile", output], ["appendFile", output], ["open", byFlags], ["copyFile", input]]) wrap(fs.promises, name, kind);
  wrap(fs.promises, "copyFile", output, 1);
  wrap(fs.promises, "rename", output, 1);
  module_.syncBuiltinESMExports();

  if (!process.env.TOUCHSTONE_MAIN) {
    process.env.TOUCHSTONE_MAIN = String(process.pid);
    emit("env", { node: process.versions.node, executable: process.execPath });
  }

  process.on("uncaughtExceptionMonitor", (error) => {
    const isError = error instanceof Error;
    const [file, line] = site(isError ? error.stack : "");
    emit("exception", { type: isError ? error.name : typeof error, message: isError ? error.message : String(error), file, line, traceback: isError ? String(error.stack) : String(error), main: true });
  });

  // Both `require` and `import` of `touchstone` find it, unless the program has one of its own.
  const resolve = module_._resolveFilename;
  module_._resolveFilename = function (request, ...rest) {
    if (request !== "touchstone") return Reflect.apply(resolve, this, [request, ...rest]);
    try {
      return Reflect.apply(resolve, this, [request, ...rest]);
    } catch {
      return api;
    }
  };
  module_.registerHooks?.({
    resolve(specifier, context, next) {
      if (specifier !== "touchstone") return next(specifier, context);
      try {
        return next(specifier, context);
      } catch {
        return { url: pathToFileURL(api).href, format: "commonjs", shortCircuit: true };
      }
    },
  });
}
