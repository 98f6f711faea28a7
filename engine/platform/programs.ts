import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";

/**
 * The file that a program's name means in an environment: a path as it is, else the first match on PATH (with PATHEXT on
 * Windows, which was never run); null where there is none.
 */
export function findProgram(name: string, cwd: string, env: Readonly<Record<string, string>>): string | null {
  if (isAbsolute(name) || name.includes("/") || (process.platform === "win32" && name.includes("\\"))) return executable(resolve(cwd, name), env);
  for (const folder of (variable(env, "PATH") ?? "").split(delimiter)) {
    if (folder === "") continue;
    const found = executable(join(folder, name), env);
    if (found !== null) return found;
  }
  return null;
}

/** Windows' variables differ in case from system to system. */
function variable(env: Readonly<Record<string, string>>, name: string): string | undefined {
  if (process.platform !== "win32") return env[name];
  const key = Object.keys(env).find((candidate) => candidate.toUpperCase() === name);
  return key === undefined ? undefined : env[key];
}

function executable(path: string, env: Readonly<Record<string, string>>): string | null {
  const endings = process.platform === "win32" ? ["", ...(variable(env, "PATHEXT") ?? ".COM;.EXE;.BAT;.CMD").split(";")] : [""];
  return endings.map((ending) => path + ending).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, process.platform === "win32" ? constants.F_OK : constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
