import { spawnSync } from "node:child_process";
import { delimiter } from "node:path";

const LOOK = "import importlib.util, sys; print(sys.executable) if all(map(importlib.util.find_spec, sys.argv[1:])) else None";

/**
 * A Python with all of these modules, which are too large to be fetched for tests (torch, tensorflow): of those that
 * `TOUCHSTONE_TEST_FRAMEWORKS` names (paths, joined as in PATH), else the one on PATH. Null where there is none.
 */
export function pythonWith(...modules: string[]): string | null {
  const named = (process.env["TOUCHSTONE_TEST_FRAMEWORKS"] ?? "").split(delimiter).filter((path) => path !== "");
  for (const python of [...named, "python3"]) {
    const { status, stdout } = spawnSync(python, ["-c", LOOK, ...modules], { encoding: "utf8" });
    if (status === 0 && stdout.trim() !== "") return stdout.trim();
  }
  return null;
}
