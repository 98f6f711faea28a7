import type { ArtifactOwner } from "../artifacts/artifacts.ts";
import { artifactPath } from "../artifacts/paths.ts";
import { fileInfos } from "./artifactPlace.ts";
import { invalid, missing } from "./errors.ts";
import type { DoorServices, Routes } from "./route.ts";
import { artifactRoots } from "./shapes.ts";

/** What a run's artifacts are, and why nobody is sent elsewhere for them. */
export function artifactRoutes({ store, artifacts }: DoorServices): Routes {
  /** Where the artifacts of a run or model are, as its client is told. */
  const rootUri = ({ kind, id }: ArtifactOwner): string => {
    const run = kind === "run" ? store.read.runs.byId(id) : undefined;
    const model = kind === "model" ? store.read.models.byId(id) : undefined;
    if (run) return artifactRoots.run(run, store.read);
    if (model) return artifactRoots.model(model, store.read);
    throw missing(kind === "run" ? `Run with id=${id} not found` : `Logged model with ID '${id}' not found.`);
  };
  const refuse = (what: string, uri: string, kind: ArtifactOwner["kind"]): never => {
    throw invalid(`Presigned ${what} is not supported for ${kind === "run" && what === "download" ? "runs with " : ""}proxied artifact storage (artifact URI scheme: ${uri.split(":", 1)[0] ?? ""}). This endpoint requires a ${what === "download" ? "run with a " : ""}direct cloud storage artifact URI.`);
  };

  return {
    "GET artifacts/list"({ fields }) {
      const owner: ArtifactOwner = { kind: "run", id: fields.has("run_id") ? fields.text("run_id") : (fields.optionalText("run_uuid") ?? fields.text("run_id")) };
      const root_uri = rootUri(owner);
      // All in one page, as MLflow has it: a token is taken and says nothing.
      return { root_uri, ...fileInfos(artifacts.list(owner, fields.anyText("path"))) };
    },

    "POST artifacts/presigned-upload-url"({ fields }) {
      const [runId, modelId] = [fields.anyText("run_id"), fields.anyText("model_id")];
      artifactPath(fields.text("path"));
      fields.optionalInteger("expiration");
      if ((runId === "") === (modelId === "")) throw invalid("Exactly one of run_id and model_id must be provided.");
      const owner: ArtifactOwner = runId === "" ? { kind: "model", id: modelId } : { kind: "run", id: runId };
      return refuse("upload", rootUri(owner), owner.kind);
    },

    "POST artifacts/presigned-download-url"({ fields }) {
      const id = fields.text("run_id");
      artifactPath(fields.text("path"));
      const seconds = fields.optionalInteger("expiration") ?? 900;
      if (seconds < 1 || seconds > 604_800) throw invalid(`expiration must be between 1 and 604800 seconds (got ${seconds}).`);
      return refuse("download", rootUri({ kind: "run", id }), "run");
    },
  };
}
