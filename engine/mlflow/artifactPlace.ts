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

/** What ids look like that this store or an MLflow server made; those of other trackers and of a launch may be any word. */
const usualId = /^(?:m-|tr-)?[0-9a-f]{32}$/;

/**
 * `<experiment>/<run>/artifacts/<path>` or `<experiment>/{models,traces}/<id>/artifacts/<path>`; for the experiment stands any path where
 * its artifacts have another place (`artifact_location`). The ids say whose; a run may have moved. Null for the levels above, and for
 * what belongs to nobody. Throws `INVALID_PATH` for what leads out.
 */
export function placeIn(path: string): ArtifactPlace | null {
  const parts = path.split("/");
  const roots = parts.flatMap((part, i) => (part === "artifacts" && i > 0 && /^[\w-]+$/.test(parts[i - 1] ?? "") ? [i] : []));
  const root = roots.find((i) => usualId.test(parts[i - 1] ?? "")) ?? roots[0];
  if (root === undefined) {
    artifactFolder(pathOfUrl(path));
    return null;
  }
  const above = parts[root - 2];
  const kind = above === "models" ? "model" : above === "traces" ? "trace" : "run";
  return { owner: { kind, id: parts[root - 1] ?? "" }, path: parts.slice(root + 1).join("/") };
}

/** What a URI of an artifact or a folder of them names in this store: `mlflow-artifacts:/…`, `runs:/<run>/…`, `models:/<logged model>`; null for any other. */
export function placeOfUri(uri: string): ArtifactPlace | null {
  const [, scheme, rest = ""] = /^(mlflow-artifacts|runs|models):\/+(.*)$/s.exec(uri) ?? [];
  if (scheme === "mlflow-artifacts") return placeIn(rest);
  const [id = "", ...path] = rest.split("/");
  return scheme === undefined ? null : { owner: { kind: scheme === "runs" ? "run" : "model", id }, path: path.join("/") };
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
