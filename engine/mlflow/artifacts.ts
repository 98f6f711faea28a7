import { basename, sep } from "node:path";
import type { Context, Hono } from "hono";
import type { ArtifactOwner, Artifacts } from "../artifacts/artifacts.ts";
import { artifactPath, pathOfUrl } from "../artifacts/paths.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { Readers } from "../store/store.ts";
import { type ArtifactPlace, after, eitherName, fileInfos, placeIn, placeOfUri } from "./artifactPlace.ts";
import { arriving, drain, readBytes } from "./body.ts";
import type { DoorEnv } from "./door.ts";
import { invalid, type MlflowError, missing } from "./errors.ts";
import { byNumber, locationOf } from "./modelSources.ts";
import { checkedModelName, versionNumber } from "./registryChecks.ts";
import { sendFile } from "./sendFile.ts";

const PREFIX = "/mlflow-artifacts/artifacts";
const doors = ["/api/2.0", "/ajax-api/2.0"];
/** What a page may upload in one call (mlflow/server/handlers.py). */
const MAX_PAGE_UPLOAD = 10 * 1024 * 1024;

/** `mlflow-artifacts:` as a proxy (bytes go in and out by the paths that `artifact_uri` names), and the same files by run, model and path. */
export function mountArtifacts(app: Hono<DoorEnv>, artifacts: Artifacts, read: Readers): void {
  const send = async (c: Context<DoorEnv>, owner: ArtifactOwner, path: string): Promise<Response> => {
    const { file, row } = await artifacts.locate(owner, path).catch((error: unknown) => {
      throw worded(artifacts, owner, path, error);
    });
    return sendFile(c, file, row);
  };

  for (const door of doors) {
    app.put(`${door}${PREFIX}/*`, async (c) => {
      const { incoming } = c.env;
      await takingAll(c, async () => {
        const { owner, path } = fileAt(after(incoming, PREFIX));
        // The raw stream: a model of some GB never stands in memory.
        await artifacts.put(owner, path, arriving(incoming));
      });
      return c.body(null, 200);
    });

    // Before the route with a star, which Hono also takes for the bare prefix.
    app.get(`${door}${PREFIX}`, (c) => c.json(listing(artifacts, placeIn(c.req.query("path") ?? ""))));

    app.get(`${door}${PREFIX}/*`, async (c) => {
      const full = after(c.env.incoming, PREFIX);
      const place = placeIn(full);
      if (place === null) throw missing(`No such artifact: '${pathOfUrl(full)}'`);
      const { file, row } = await eitherName(place.path, (path) => artifacts.locate(place.owner, path)).catch((error: unknown) => {
        throw worded(artifacts, place.owner, pathOfUrl(place.path), error);
      });
      return sendFile(c, file, row);
    });

    app.delete(`${door}${PREFIX}/*`, async (c) => {
      const place = placeIn(after(c.env.incoming, PREFIX));
      if (place !== null) await removeAll(artifacts, place);
      return c.json({});
    });

    app.get(`${door}/mlflow/logged-models/:model_id/artifacts/files`, (c) => {
      const path = c.req.query("artifact_file_path") ?? "";
      if (path === "") throw invalid('Request must include the "artifact_file_path" query parameter.');
      return send(c, { kind: "model", id: c.req.param("model_id") }, artifactPath(path));
    });
  }

  app.get("/get-artifact", (c) => {
    const path = c.req.query("path") ?? "";
    if (path === "") throw invalid("Request must specify path.");
    return send(c, { kind: "run", id: c.req.query("run_id") ?? c.req.query("run_uuid") ?? "" }, artifactPath(path));
  });

  app.get("/model-versions/get-artifact", (c) => {
    const path = c.req.query("path") ?? "";
    if (path === "") throw invalid("Request must specify path.");
    const uri = locationOf(byNumber(checkedModelName(c.req.query("name") ?? ""), versionNumber(c.req.query("version") ?? ""), read), read);
    const place = placeOfUri(uri);
    if (place === null) throw missing(`No such artifact: '${path}'. This version's files are not in this store but at ${uri}`);
    return send(c, place.owner, [place.path, artifactPath(path)].filter((part) => part !== "").join("/"));
  });

  app.post("/ajax-api/2.0/mlflow/upload-artifact", async (c) => {
    const { incoming } = c.env;
    const [id, path] = [c.req.query("run_uuid") ?? "", c.req.query("path") ?? ""];
    await takingAll(c, async () => {
      for (const [name, value] of [["run_uuid", id], ["path", path]] as const) if (value === "") throw invalid(`Request must specify ${name}.`);
      const clean = artifactPath(path);
      const large = (): MlflowError => invalid("Artifact size is too large. Max size is 10MB.");
      if (Number(incoming.headers["content-length"] ?? 0) > MAX_PAGE_UPLOAD) throw large();
      const data = await readBytes(incoming, MAX_PAGE_UPLOAD, large);
      if (data.length === 0) throw invalid("Request must specify data.");
      await artifacts.put({ kind: "run", id }, clean, data);
    });
    return c.body(null, 200, { "Content-Type": "application/json" });
  });
}

/** Where a request is refused, it is read all the same: the client reads why only when it has sent everything. */
async function takingAll(c: Context<DoorEnv>, take: () => Promise<void>): Promise<void> {
  try {
    await take();
  } catch (error) {
    await drain(c.env.incoming);
    throw error;
  }
}

/** The owner and the decoded path that an encoded path of the tree means. */
function fileAt(encoded: string): ArtifactPlace {
  const place = placeIn(encoded);
  if (place === null) throw missing(`No run or model has this path: '${pathOfUrl(encoded)}'`);
  return { owner: place.owner, path: artifactPath(pathOfUrl(place.path)) };
}

/** What is not there, as MLflow says it: by its place in the whole tree, and told from a folder. */
function worded(artifacts: Artifacts, owner: ArtifactOwner, path: string, error: unknown): unknown {
  if (!(error instanceof TouchstoneError) || error.shape.code !== "ARTIFACT_MISSING") return error;
  const root = artifacts.rootOf(owner).split(sep).slice(owner.kind === "run" ? -3 : -4);
  const whole = [...root, path].join("/");
  return artifacts.list(owner, path).length > 0 ? invalid(`Artifact path refers to a directory, not a file: '${whole}'`) : missing(`No such artifact: '${whole}'`);
}

/** Of a folder, by name; of what is not there nothing, as MLflow answers. */
function listing(artifacts: Artifacts, place: ArtifactPlace | null): object {
  if (place === null) return {};
  return fileInfos(artifacts.list(place.owner, place.path), basename);
}

async function removeAll(artifacts: Artifacts, { owner, path }: ArtifactPlace): Promise<void> {
  const folder = pathOfUrl(path).replace(/\/+$/, "");
  const paths = folder === "" ? artifacts.list(owner, "").map((entry) => entry.path) : [folder];
  for (const entry of paths) await artifacts.remove(owner, entry);
}
