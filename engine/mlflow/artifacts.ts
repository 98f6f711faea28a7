import { createReadStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { basename } from "node:path";
import { Readable } from "node:stream";
import type { Hono } from "hono";
import { TouchstoneError } from "../api/tokens.ts";
import type { ArtifactOwner, Artifacts } from "../artifacts/artifacts.ts";
import { pathOfUrl } from "../artifacts/paths.ts";
import type { DoorEnv } from "./door.ts";
import { invalid, missing } from "./errors.ts";

const PREFIX = "/api/2.0/mlflow-artifacts/artifacts";

/** `mlflow-artifacts:` as a proxy: bytes go in and out by the paths that `artifact_uri` names. */
export function mountArtifacts(app: Hono<DoorEnv>, artifacts: Artifacts): void {
  app.put(`${PREFIX}/*`, async (c) => {
    const { owner, path } = target(rawPath(c.env.incoming));
    if (path === "") throw invalid("Invalid path: an artifact needs a name.");
    // The raw stream: a model of some GB never stands in memory.
    const { incoming } = c.env;
    try {
      // Where it is refused, the request stays open: the client reads why only when it has sent everything.
      await artifacts.put(owner, pathOfUrl(path), incoming.iterator({ destroyOnReturn: false }));
    } catch (error) {
      for await (const _ of incoming) continue;
      throw error;
    }
    return c.json({});
  });

  // Before the route with a star, which Hono also takes for the bare prefix.
  app.get(PREFIX, (c) => {
    const given = (c.req.query("path") ?? "").replace(/\/+$/, "");
    const { owner, path } = target(`${PREFIX}/${given}`);
    const files = artifacts.list(owner, path).map(({ path: entry, isDir, bytes }) => ({ path: basename(entry), is_dir: isDir, ...(bytes === null ? {} : { file_size: bytes }) }));
    return c.json({ files });
  });

  app.get(`${PREFIX}/*`, async (c) => {
    const { owner, path } = target(rawPath(c.env.incoming));
    const { file, row } = await located(artifacts, owner, path);
    const name = encodeURIComponent(basename(row.path));
    c.header("Content-Type", "application/octet-stream");
    c.header("Content-Length", String(row.bytes));
    c.header("Content-Disposition", `attachment; filename*=UTF-8''${name}`);
    // SAFETY: Node's and the DOM's typings of one and the same web stream class.
    return c.body(Readable.toWeb(createReadStream(file)) as ReadableStream);
  });

  app.delete(`${PREFIX}/*`, async (c) => {
    const { owner, path } = target(rawPath(c.env.incoming));
    if (path === "") throw invalid("Invalid path: an artifact needs a name.");
    await artifacts.remove(owner, pathOfUrl(path));
    return c.json({});
  });
}

/**
 * The client sends a name with `%20` in it as it is, the same as one with a blank: the blank is meant, unless only the other is
 * there (a script's own file, kept under its true name).
 */
async function located(artifacts: Artifacts, owner: ArtifactOwner, path: string): ReturnType<Artifacts["locate"]> {
  try {
    return await artifacts.locate(owner, pathOfUrl(path));
  } catch (error) {
    if (!(error instanceof TouchstoneError) || error.shape.code !== "ARTIFACT_MISSING" || pathOfUrl(path) === path) throw error;
    return artifacts.locate(owner, path);
  }
}

/** The path as it was sent: the URL class would have resolved `%2e%2e` away before anyone could refuse it. */
function rawPath(request: IncomingMessage): string {
  return (request.url ?? "").split("?", 1)[0] ?? "";
}

/** `<experiment>/<run>/artifacts/<path>` or `<experiment>/models/<model>/artifacts/<path>`. The ids say whose; a run may have moved. */
function target(url: string): { owner: ArtifactOwner; path: string } {
  const path = url.slice(PREFIX.length + 1);
  const found = /^[^/]+\/(?:(models)\/)?([\w-]+)\/artifacts(?:\/(.*))?$/s.exec(path);
  const id = found?.[2];
  if (!found || id === undefined) {
    if (/%2e|\.\.|%5c|\\|#/i.test(path)) throw invalid(`Invalid path: ${path}`);
    throw missing(`No such artifact: '${path}'`);
  }
  return { owner: { kind: found[1] === undefined ? "run" : "model", id }, path: found[3] ?? "" };
}
