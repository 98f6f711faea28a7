import { TouchstoneError } from "../api/tokens.ts";
import { isDeviceName } from "../platform/paths.ts";

/**
 * The normal form of an artifact's path: relative, `/` as separator, no empty, `.` or `..` part; every other name is kept as it is.
 * Refused are also what MLflow's client refuses in a listing (`#`, `\`, and `..` behind percent signs, which it decodes over and
 * over): one such name would hide all others from it. Throws `INVALID_PATH`.
 */
export function artifactPath(path: string, platform: NodeJS.Platform = process.platform): string {
  const bad =
    path === "" ||
    /[\\#\0]/.test(path) ||
    /^[a-z]:/i.test(path) ||
    path.split("/").some((part) => part === "" || isDeviceName(part, platform)) ||
    leadsOut(path) ||
    leadsOut(fullyDecoded(path));
  if (bad) throw invalidPath(path);
  return path;
}

/** As `artifactPath`, but '' and a closing `/` are allowed: the root or a folder. */
export function artifactFolder(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed === "" && !path.startsWith("/") ? "" : artifactPath(trimmed);
}

/** The path that a URL names: decoded once. What is no valid encoding stands for itself. */
export function pathOfUrl(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function leadsOut(path: string): boolean {
  return path.startsWith("/") || path.split(/[/\\]/).some((part) => part === "." || part === "..") || /[#\0]/.test(path);
}

/** As others may read it who decode more than once. */
function fullyDecoded(path: string): string {
  let current = path;
  for (let round = 0; round < 10; round++) {
    const next = pathOfUrl(current);
    if (next === current) return current;
    current = next;
  }
  throw invalidPath(path);
}

function invalidPath(path: string): TouchstoneError {
  return new TouchstoneError({
    code: "INVALID_PATH",
    message: `Invalid path: ${path}`,
    hint: "An artifact's path is relative, with / between its parts, without # and \\, and never leaves the run's artifacts.",
  });
}
