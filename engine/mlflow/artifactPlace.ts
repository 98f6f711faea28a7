import type { IncomingMessage } from "node:http";
import type { ArtifactOwner } from "../artifacts/artifacts.ts";
import { artifactFolder, artifactPath, pathOfUrl } from "../artifacts/paths.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { ArtifactEntry } from "../api/runs.ts";

/** Where a path of the artifacts' tree leads: whose it is, and the rest as it was sent (still encoded). */
export interface ArtifactPlace {
  readonly owner: ArtifactOwner;
  readonly path: string;
}

/** The path as it was sent: the URL class would have resolved `%2e%2e` away before anyone could refuse it. */
export function rawPath(request: IncomingMessage): string {
  return (request.url ?? "").replace(/^https?:\/\/[^/]*/i, "").split("?", 1)[0] ?? "";
}

/** What follows a prefix of the raw path, under `/api` or `/ajax-api`. */
export function after(request: IncomingMessage, prefix: string): string {
  const path = rawPath(request);
  return path.slice(path.indexOf(prefix) + prefix.length).replace(/^\//, "");
}

/**
 * `<experiment>/<run>/artifacts/<path>` or `<experiment>/{models,traces}/<id>/artifacts/<path>`. The ids say whose; a run may have moved.
 * Null for the levels above, and for what belongs to nobody. Throws `INVALID_PATH` for what leads out.
 */
export function placeIn(path: string): ArtifactPlace | null {
  const found = /^[^/]+\/(?:(models|traces)\/)?([\w-]+)\/artifacts(?:\/(.*))?$/s.exec(path);
  const id = found?.[2];
  if (!found || id === undefined) {
    artifactFolder(pathOfUrl(path));
    return null;
  }
  const kind = found[1] === undefined ? "run" : found[1] === "models" ? "model" : "trace";
  return { owner: { kind, id }, path: found[3] ?? "" };
}

/** `FileInfo`s by path; none of an empty folder, as protobuf leaves an empty list out. `name` is what a file is called in this listing. */
export function fileInfos(entries: readonly ArtifactEntry[], name: (path: string) => string = (path) => path): { files?: object[] } {
  if (entries.length === 0) return {};
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files: sorted.map(({ path, isDir, bytes }) => ({ path: name(path), is_dir: isDir, ...(bytes === null ? {} : { file_size: bytes }) })) };
}

/**
 * The client sends a name with `%20` in it as it is, the same as one with a blank: the blank is meant, unless only the other is
 * there (a script's own file, kept under its true name).
 */
export async function eitherName<T>(path: string, use: (path: string) => Promise<T>): Promise<T> {
  try {
    return await use(artifactPath(pathOfUrl(path)));
  } catch (error) {
    if (!(error instanceof TouchstoneError) || error.shape.code !== "ARTIFACT_MISSING" || pathOfUrl(path) === path) throw error;
    return use(path);
  }
}
