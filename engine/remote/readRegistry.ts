import type { RegisteredModelSource, VersionSource } from "../importers/records.ts";
import type { Fields } from "../mlflow/fields.ts";
import { type RemoteServer, understood } from "./client.ts";
import { keyValues, nextPage } from "./read.ts";

const PAGE = 100;
/** A search leaves prompts out, which are registered models as well, unless it is for them. */
const PROMPTS = "tags.`mlflow.prompt.is_prompt` = 'true'";
const NEWEST = "last_updated_timestamp DESC";
const statuses = ["PENDING_REGISTRATION", "FAILED_REGISTRATION"] as const;

/** Registered models, those first that were changed last, a page at a time. A tag or an alias is no such change. */
export function remoteRegistered(server: RemoteServer, signal: AbortSignal, prompts = false): AsyncGenerator<readonly RegisteredModelSource[]> {
  return pages(server, "registered-models/search", prompts, signal, (answer) => answer.list("registered_models", registeredOf));
}

/** The same of versions. */
export function remoteVersions(server: RemoteServer, signal: AbortSignal, prompts = false): AsyncGenerator<readonly VersionSource[]> {
  return pages(server, "model-versions/search", prompts, signal, (answer) => answer.list("model_versions", versionOf));
}

async function* pages<T>(server: RemoteServer, path: string, prompts: boolean, signal: AbortSignal, read: (answer: Fields) => T): AsyncGenerator<T> {
  for (let token = ""; ; ) {
    const answer = await server.get(path, { max_results: PAGE, order_by: NEWEST, ...(prompts ? { filter: PROMPTS } : {}), ...(token === "" ? {} : { page_token: token }) }, signal);
    yield understood(server, () => read(answer));
    token = nextPage(server, answer, token);
    if (token === "") return;
  }
}

function registeredOf(one: Fields): RegisteredModelSource {
  const created = one.optionalInteger("creation_timestamp") ?? 0;
  return {
    k: "registeredModel", name: one.text("name"), created, updated: one.optionalInteger("last_updated_timestamp") ?? created, description: one.anyText("description") || null, tags: keyValues(one, "tags"),
    aliases: one.list("aliases", (alias) => ({ alias: alias.text("alias"), version: alias.text("version") })).sort((a, b) => (a.alias < b.alias ? -1 : 1)),
  };
}

function versionOf(one: Fields): VersionSource {
  const created = one.optionalInteger("creation_timestamp") ?? 0;
  const source = one.anyText("source");
  const status = one.enumeration("status");
  return {
    k: "version", name: one.text("name"), version: one.text("version"), created, updated: one.optionalInteger("last_updated_timestamp") ?? created, stage: one.anyText("current_stage") || "None",
    description: one.anyText("description") || null, user: one.anyText("user_id") || null, source, storage: null, run: one.anyText("run_id") || null, runLink: one.anyText("run_link") || null,
    // A server's database keeps the logged model of a version by the source alone.
    model: one.anyText("model_id") || (/^models:\/(m-[0-9a-f]{32})$/.exec(source)?.[1] ?? null),
    status: statuses.find((known) => known === status) ?? "READY", statusMessage: one.anyText("status_message") || null, tags: keyValues(one, "tags"),
  };
}
