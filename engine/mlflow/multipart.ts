import type { Context, Hono } from "hono";
import type { Artifacts } from "../artifacts/artifacts.ts";
import { artifactPath, pathOfUrl } from "../artifacts/paths.ts";
import { after, type ArtifactPlace, placeIn } from "./artifactPlace.ts";
import { arriving, drain, readBytes } from "./body.ts";
import type { DoorEnv } from "./door.ts";
import { MlflowError, invalid, missing } from "./errors.ts";
import { bodyFields, type Fields } from "./fields.ts";

const PREFIX = "/mlflow-artifacts/mpu";

/**
 * Uploads in parts, for clients that are told to (`MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD`): the parts go to this door too, with the
 * caller's own token in the headers that `create` hands out, and become one artifact when they are complete.
 */
export function mountMultipart(app: Hono<DoorEnv>, artifacts: Artifacts): void {
  const steps: Record<string, (c: Context<DoorEnv>, place: ArtifactPlace, fields: Fields) => Promise<object>> = {
    async create(c, { owner, path }, fields) {
      const parts = fields.optionalInteger("num_parts") ?? 1;
      const id = await artifacts.parts.create(owner, path, parts);
      const authorization = c.req.header("authorization");
      const headers = authorization === undefined ? {} : { headers: { Authorization: authorization } };
      const base = `http://${c.req.header("host") ?? "127.0.0.1"}/api/2.0${PREFIX}/part/${id}`;
      return { upload_id: id, credentials: Array.from({ length: parts }, (_, i) => ({ url: `${base}/${i + 1}`, part_number: i + 1, ...headers })) };
    },
    async complete(_, { owner, path }, fields) {
      const parts = fields.list("parts", (part) => ({ number: part.integer("part_number"), etag: part.anyText("etag") }));
      if (parts.length === 0) throw invalid("Missing value for required parameter 'parts'. See the API docs for more information about request parameters.");
      await artifacts.parts.complete(fields.anyText("upload_id"), owner, path, parts);
      return {};
    },
    async abort(_, _place, fields) {
      await artifacts.parts.abort(fields.anyText("upload_id"));
      return {};
    },
  };

  for (const door of ["/api/2.0", "/ajax-api/2.0"]) {
    for (const [name, step] of Object.entries(steps)) {
      app.post(`${door}${PREFIX}/${name}/*`, async (c) => {
        const fields = bodyFields((await readBytes(c.env.incoming)).toString("utf8"));
        return c.json(await step(c, fileNamed(after(c.env.incoming, `${PREFIX}/${name}`), fields.text("path")), fields));
      });
    }
    app.put(`${door}${PREFIX}/part/:id/:number`, async (c) => {
      const { incoming } = c.env;
      try {
        const etag = await artifacts.parts.put(c.req.param("id"), Number(c.req.param("number")), arriving(incoming));
        return c.body(null, 200, { ETag: `"${etag}"` });
      } catch (error) {
        await drain(incoming);
        throw error;
      }
    });
    // Whoever asks falls back to the plain download, which is as near.
    app.get(`${door}/mlflow-artifacts/presigned/*`, (c) => {
      artifactPath(pathOfUrl(after(c.env.incoming, "/mlflow-artifacts/presigned")));
      throw new MlflowError("NOT_IMPLEMENTED", "Multipart download is not supported for the current artifact repository");
    });
  }
}

/** The folder stands in the URL, the file's name in the body: there it is the client's own path of the file. */
function fileNamed(encoded: string, local: string): ArtifactPlace {
  const place = placeIn(encoded);
  if (place === null) throw missing(`No run or model has this path: '${pathOfUrl(encoded)}'`);
  const name = local.split(/[/\\]/).at(-1) ?? "";
  const folder = pathOfUrl(place.path);
  return { owner: place.owner, path: artifactPath(folder === "" ? name : `${folder}/${name}`) };
}
