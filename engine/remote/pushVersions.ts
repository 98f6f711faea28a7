import { TouchstoneError } from "../api/tokens.ts";
import type { Beside } from "../exporters/beside.ts";
import { placeOfUri } from "../mlflow/artifactPlace.ts";
import type { Fields } from "../mlflow/fields.ts";
import type { VersionRecord } from "../store/read/registry.ts";
import { cut, DIGEST_TAG, digestOf, type Sending, TAG_LENGTH } from "./pushed.ts";

/** On the server: which version of ours it is. Its number there is the server's own. */
const VERSION_TAG = "touchstone.version";

/** A version there; `whole`: all of it was sent. */
interface VersionThere {
  readonly name: string;
  readonly version: string;
  readonly whole: boolean;
}

/** The versions on which the aliases of a registered model stand there. */
type Aliases = ReadonlyMap<string, string>;

/**
 * Registers a version, once, with its registered model where there is none. What stands there already is left as it is: a stage may have
 * been changed there since, and a registered model of that name may be another's, who then gets a version more. An alias goes along where
 * there is none of that name.
 * @param models - Ids of logged models there, by ours
 */
export async function pushVersion(sending: Sending, { version, run }: Beside["versions"][number], models: ReadonlyMap<string, string>): Promise<void> {
  const { store, server, signal, left } = sending;
  const mark = digestOf([version.runId, version.modelId, version.version, version.created]);
  const source = sourceOf(sending, version, models);
  if (source === null) return left.add("registered versions whose files do not stand there", run);
  const known = await find(sending, mark);
  const aliases = known === null ? await registered(sending, version, run) : aliasesOf(await server.get("registered-models/get", { name: known.name }, signal));
  const there = known ?? (await create(sending, version, source, mark, run));
  const named = { name: there.name, version: there.version };
  if (!there.whole) {
    if (version.stage !== "None") await server.post("model-versions/transition-stage", { ...named, stage: version.stage, archive_existing_versions: false }, signal);
    // Last: a push that broke off is gone on with.
    await server.post("model-versions/set-tag", { ...named, key: DIGEST_TAG, value: mark }, signal);
  }
  for (const { alias } of store.read.registry.aliases(version.registeredKey).filter((one) => one.version === version.version)) {
    const taken = aliases.get(alias);
    if (taken === undefined) await server.post("registered-models/alias", { ...named, alias }, signal);
    else if (taken !== there.version) left.add("aliases that stand on another version there", run);
  }
}

/** Where the files of a version are there; null where they are not. */
function sourceOf({ runThere }: Sending, { source, location, runId, modelId }: VersionRecord, models: ReadonlyMap<string, string>): { readonly source: string; readonly run_id?: string; readonly model_id?: string } | null {
  const run = runId === null ? undefined : runThere(runId);
  const whose = run === undefined ? {} : { run_id: run };
  const place = placeOfUri(location) ?? placeOfUri(source);
  if (place === null) return { source, ...whose };
  const model = models.get(place.owner.kind === "model" ? place.owner.id : (modelId ?? ""));
  if (place.owner.kind === "model") return model === undefined || place.path !== "" ? null : { source: `models:/${model}`, model_id: model, ...whose };
  const of = runThere(place.owner.id);
  return of === undefined ? null : { source: `runs:/${of}/${place.path}`, run_id: of };
}

async function registered({ store, server, signal, left }: Sending, { registeredKey, name }: VersionRecord, run: string): Promise<Aliases> {
  const { registry } = store.read;
  try {
    return aliasesOf(await server.get("registered-models/get", { name }, signal));
  } catch (error) {
    if (!(error instanceof TouchstoneError) || error.shape.code !== "REMOTE_ANSWER" || !/not found/i.test(error.shape.message)) throw error;
  }
  const tags = registry.tags(registeredKey).map(({ key, value }) => ({ key, value: cut(value, TAG_LENGTH, run, left) }));
  const description = registry.byName(name)?.description ?? "";
  return aliasesOf(await server.post("registered-models/create", { name, tags, ...(description === "" ? {} : { description }) }, signal));
}

function aliasesOf(answer: Fields): Aliases {
  return new Map(answer.message("registered_model").list("aliases", (one) => [one.text("alias"), one.text("version")] as const));
}

async function find({ server, signal }: Sending, mark: string): Promise<VersionThere | null> {
  const answer = await server.get("model-versions/search", { filter: `tags.\`${VERSION_TAG}\` = '${mark}'`, max_results: 1 }, signal);
  const [found] = answer.list("model_versions", versionOf);
  return found ?? null;
}

async function create({ store, server, signal, left }: Sending, { versionKey, name, description, runLink }: VersionRecord, source: object, mark: string, run: string): Promise<VersionThere> {
  const own = store.read.registry.versionTags(versionKey).filter(({ key }) => ![VERSION_TAG, DIGEST_TAG].includes(key));
  const tags = own.map(({ key, value }) => ({ key, value: cut(value, TAG_LENGTH, run, left) }));
  const answer = await server.post("model-versions/create", {
    name, ...source, tags: [...tags, { key: VERSION_TAG, value: mark }], ...(description === null || description === "" ? {} : { description }), ...(runLink === null || runLink === "" ? {} : { run_link: runLink }),
  }, signal);
  return versionOf(answer.message("model_version"));
}

function versionOf(one: Fields): VersionThere {
  return { name: one.text("name"), version: one.text("version"), whole: one.list("tags", (tag) => tag.anyText("key")).includes(DIGEST_TAG) };
}
