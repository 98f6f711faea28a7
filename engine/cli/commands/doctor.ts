import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { doctorAnswer } from "../../api/cli.ts";
import { storeFolderOf } from "../../api/connect.ts";
import { STORE_FOLDER } from "../../life/folder.ts";
import { defineCommand } from "../command.ts";
import { checkArtifacts, checkConfig, checkEngine, checkFolder, checkLaunches, checkStoreFile, checkStrays } from "../checks.ts";

export const command = defineCommand({
  usage: "[options]",
  options: {
    quick: { about: "do not read the content of artifacts" },
    "artifact-root": { value: "DIR", about: "where `serve --artifact-root` kept artifacts (default: in the store)" },
  },
  schema: doctorAnswer,
  async run(call) {
    const folder = storeFolderOf(call.folder);
    const dir = join(folder, STORE_FOLDER);
    const own = checkFolder(folder, dir);
    const checks = [...own, ...checkConfig(folder)];
    // What leads elsewhere is not looked into.
    if (existsSync(dir) && !own.some(({ check, result }) => check === "store" && result === "problem")) {
      const { findings, digests } = await checkStoreFile(dir);
      checks.push(...findings, ...checkLaunches(dir));
      const named = call.options.text("artifact-root");
      const root = named === null ? join(dir, "artifacts") : resolve(named);
      checks.push(...(await checkStrays(folder, root)));
      if (!call.options.flag("quick")) checks.push(...(await checkArtifacts(root, digests, call)));
      checks.push(...(await checkEngine(call.engine({ start: false }))));
    }
    const ok = checks.every(({ result }) => result !== "problem");
    return { answer: { folder, ok, checks }, exitCode: ok ? 0 : 1 };
  },
  print({ folder, ok, checks }, out) {
    out(folder);
    for (const { result, check, message, hint } of checks) {
      out(`  ${{ ok: "✓", note: "·", problem: "✗" }[result]} ${check}: ${message}`);
      if (hint !== undefined) out(`      ${hint}`);
    }
    out(ok ? "Nothing is wrong." : "Something is wrong; see ✗ above.");
  },
});
