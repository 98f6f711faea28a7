#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { compileCache } from "../platform/paths.ts";

// Nothing but this check may run first: native modules crash on an older Node.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(`touchstone needs Node 22.15 or newer; this is Node ${process.versions.node}. Install a newer Node from https://nodejs.org, or use the command in the editor's terminal, which brings its own.\n`);
  process.exit(3);
} else {
  // What follows is a file of its own in the bundle, so that its compiled form is kept.
  enableCompileCache(compileCache());
  void import("./cli.ts").then(({ main }) => main(process.argv.slice(2)));
}
