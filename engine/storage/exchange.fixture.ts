import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { openExclusiveStore } from "../life/exclusiveStore.ts";

/**
 * For tests: `exchange.fixture.ts FOLDER FROM KEPT RENAMES` exchanges stores and is killed before rename number `RENAMES`;
 * `exchange.fixture.ts FOLDER` opens the folder's store as an engine does and writes how many runs it has.
 */
const [folder = "", from, kept = "", renames = "0"] = process.argv.slice(2);
if (from === undefined) {
  const { store, close } = await openExclusiveStore(folder);
  process.stdout.write(String(store.read.runs.count()));
  await close();
} else {
  let left = Number(renames);
  const rename = fs.rename;
  fs.rename = async (...args) => {
    if (left-- === 0) process.kill(process.pid, "SIGKILL");
    await rename(...args);
  };
  const rm = fs.rm;
  fs.rm = async (...args) => {
    if (left === 0) process.kill(process.pid, "SIGKILL");
    await rm(...args);
  };
  syncBuiltinESMExports();
  const { exchange } = await import("./exchange.ts");
  await exchange(folder, { from, kept });
}
