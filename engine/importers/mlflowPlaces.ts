import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readArtifacts } from "./mlrunsRun.ts";
import type { SourceRecord } from "./records.ts";

/** Folders in which MLflow's server keeps what it hands out as `mlflow-artifacts:`. */
const SERVED = ["mlartifacts", "mlruns"];

/**
 * The artifacts of a run or model by the URI that the database has for them. The URI is often stale: the folder was moved, or mounted
 * elsewhere; then what lies under the database's own folder with the same end of the path is meant.
 */
export function* artifactsOf(uri: string | null, id: string, folder: string, owner: { readonly run: string } | { readonly model: string }, told: Set<string>): Generator<SourceRecord> {
  if (uri === null || uri === "") return;
  const path = localPath(uri);
  if (path === null) {
    const root = uri.split("/").slice(0, 3).join("/");
    if (!told.has(root)) yield { k: "problem", file: uri, reason: `Artifacts at ${root} are not read: they do not lie on this disk.` };
    told.add(root);
    return;
  }
  const found = candidates(path, id, folder).find((candidate) => existsSync(candidate));
  if (found !== undefined) yield* readArtifacts({ folder: found, shown: found }, owner);
  else if (isAbsolute(path) && existsSync(path)) yield { k: "problem", file: path, reason: `Its artifacts lie outside of ${folder}, so they are not taken in.` };
}

/** Null for what is not on a disk. */
function localPath(uri: string): string | null {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(uri)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme.length === 1) return uri;
  if (scheme === "mlflow-artifacts") return uri.replace(/^mlflow-artifacts:(\/\/[^/]*)?\/*/, "");
  if (scheme !== "file") return null;
  try {
    return fileURLToPath(uri);
  } catch {
    return uri.replace(/^file:\/*/, "/");
  }
}

function candidates(path: string, id: string, folder: string): string[] {
  const parts = path.split(/[\\/]/).filter((part) => part !== "" && part !== ".");
  // The id must be part of what is kept: other ends of a path may be anything.
  const at = parts.lastIndexOf(id);
  if (parts.includes("..") || at < 0) return [];
  const ends = Array.from({ length: at + 1 }, (_, from) => join(folder, ...parts.slice(from)));
  return [...ends, ...SERVED.map((served) => join(folder, served, ...parts))];
}
