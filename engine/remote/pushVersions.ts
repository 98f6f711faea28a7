import { TouchstoneError } from "../api/tokens.ts";
import type { Beside } from "../exporters/beside.ts";
import { placeOfUri } from "../mlflow/artifactPlace.ts";
import type { Fields } from "../mlflow/fields.ts";
import type { VersionRecord } from "../store/read/registry.ts";
import { type Became, cut, DIGEST_TAG, digestOf, type Sending, TAG_LENGTH } from "./pushed.ts";

/** On the server: which version of ours it is. Its number there is the server's own. */
export const VERSION_TAG = "touchstone.version";
/** On the server: which registered model of ours it is, whatever its name is now; and on a run, followed by that: that it was made. */
export const REGISTERED_TAG = "touchstone.registered";

/** A version there; `whole`: all of it was sent. */
interface VersionThere {
  readonly name: string;
  readonly version: string;
  readonly whole: boolean;
}

/** A registered model there that was pushed from here. */
interface RegisteredThere {
  readonly name: string;
  /** The versions on which its aliases stand. */
  readonly aliases: ReadonlyMap<string, string>;
}

/**
 * Registers a version, once, with its registered model where there is none. A registered model of that name that was not pushed from here
 * is somebody's, and gets nothing; what somebody deleted there is not made again. A stage is set once: it may have been changed there
 * since. An alias goes along where there is none of that name.
 * @param models - Ids of logged models there, by ours
 * @returns Null where it is not sent
 */
export async function pushVersion(sending: Sending, { version, run }: Beside["versions"][number], models: ReadonlyMap<string, string>): Promise<Became | null> {
  const { store, server, signal, left } = sending;
  const mark = versionMark(version);
  const source = sourceOf(sending, version, models);
  if (source === null) return (left.add("registered versions whose files do not stand there", run), null);
  const notes = sending.notesOf(run);
  const made = `version ${mark}`;
  const found = await findRegistered(sending, version, run);
  const known = found && (await find(sending, mark, found.name));
  if (known === null && notes.has(made)) return (left.add("registered versions that somebody deleted there", run), null);
  const registered = found ?? (await createRegistered(sending, version, run));
  if (registered === null) return null;
  const there = known ?? (await create(sending, registered.name, version, source, mark, run));
  notes.set(made);
  const named = { name: there.name, version: there.version };
  let became: Became = known === null ? "created" : there.whole ? "same" : "updated";
  if (!there.whole) {
    if (version.stage !== "None") await server.post("model-versions/transition-stage", { ...named, stage: version.stage, archive_existing_versions: false }, signal);
    // Last: a push that broke off is gone on with.
    await server.post("model-versions/set-tag", { ...named, key: DIGEST_TAG, value: mark }, signal);
  }
  for (const { alias } of store.read.registry.aliases(version.registeredKey).filter((one) => one.version === version.version)) {
    const placed = `alias ${alias} ${mark}`;
    const taken = registered.aliases.get(alias);
    if (taken !== undefined && taken !== there.version) left.add("aliases that stand on another version there", run);
    else if (taken === undefined && notes.has(placed)) left.add("aliases that somebody took away there", run);
    else {
      if (taken === undefined) {
        await server.post("registered-models/alias", { ...named, alias }, signal);
        if (became === "same") became = "updated";
      }
      notes.set(placed);
    }
  }
  return became;
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

/** Which registered model of ours it is, for its tag there. */
export function registeredMark({ name, created }: { readonly name: string; readonly created: number | undefined }): string {
  return digestOf([name, created]);
}

/** The same of a version. */
export function versionMark({ runId, modelId, version, created }: VersionRecord): string {
  return digestOf([runId, modelId, version, created]);
}

function markOf({ store }: Sending, name: string): string {
  return registeredMark({ name, created: store.read.registry.byName(name)?.created });
}

async function findRegistered(sending: Sending, { name }: VersionRecord, run: string): Promise<RegisteredThere | null> {
  const { server, signal } = sending;
  const mark = markOf(sending, name);
  const answer = await server.get("registered-models/search", { filter: `tags.\`${REGISTERED_TAG}\` = '${mark}'`, max_results: 1 }, signal);
  const [found] = answer.list("registered_models", registeredOf);
  if (found) await noteRegistered(sending, run, mark);
  return found ?? null;
}

/** Null, and said, where the name is somebody's or somebody deleted what was made. */
async function createRegistered(sending: Sending, { registeredKey, name }: VersionRecord, run: string): Promise<RegisteredThere | null> {
  const { store, server, signal, left } = sending;
  const { registry } = store.read;
  if (await isTaken(sending, name)) return (left.add(`versions of the registered model ${name}: there it is somebody else's`, run), null);
  const mark = markOf(sending, name);
  if (await wasMade(sending, mark)) return (left.add(`versions of the registered model ${name}: somebody deleted it there`, run), null);
  const own = registry.tags(registeredKey).filter(({ key }) => key !== REGISTERED_TAG);
  const tags = [...own.map(({ key, value }) => ({ key, value: cut(value, TAG_LENGTH, run, left) })), { key: REGISTERED_TAG, value: mark }];
  const description = registry.byName(name)?.description ?? "";
  const created = await server.post("registered-models/create", { name, tags, ...(description === "" ? {} : { description }) }, signal);
  await noteRegistered(sending, run, mark);
  return registeredOf(created.message("registered_model"));
}

/** Each run that a version is of says so: the registered model itself may be gone some day. */
async function noteRegistered({ notesOf, runThere, server, signal }: Sending, run: string, mark: string): Promise<void> {
  const notes = notesOf(run);
  if (notes.has(mark)) return;
  await server.post("runs/set-tag", { run_id: runThere(run), key: `${REGISTERED_TAG}.${mark}`, value: "made" }, signal);
  notes.set(mark);
}

async function isTaken({ server, signal }: Sending, name: string): Promise<boolean> {
  try {
    await server.get("registered-models/get", { name }, signal);
    return true;
  } catch (error) {
    if (!(error instanceof TouchstoneError) || error.shape.code !== "REMOTE_ANSWER" || !/not found/i.test(error.shape.message)) throw error;
    return false;
  }
}

/** Whether any run there says that a registered model was made: it may have come with another run than the one that is sent now. */
async function wasMade({ groups, server, signal }: Sending, mark: string): Promise<boolean> {
  for (const group of await groups()) {
    const answer = await server.post("runs/search", { experiment_ids: group, filter: `tags.\`${REGISTERED_TAG}.${mark}\` = 'made'`, max_results: 1, run_view_type: "ALL" }, signal);
    if (answer.list("runs", () => true).length > 0) return true;
  }
  return false;
}

function registeredOf(one: Fields): RegisteredThere {
  return { name: one.text("name"), aliases: new Map(one.list("aliases", (alias) => [alias.text("alias"), alias.text("version")] as const)) };
}

/** A version may have been copied into another registered model, with its tags: the copy is somebody's. */
async function find({ server, signal }: Sending, mark: string, name: string): Promise<VersionThere | null> {
  const answer = await server.get("model-versions/search", { filter: `tags.\`${VERSION_TAG}\` = '${mark}'`, max_results: 100 }, signal);
  return answer.list("model_versions", versionOf).find((one) => one.name === name) ?? null;
}

async function create({ store, server, signal, left }: Sending, name: string, { versionKey, description, runLink }: VersionRecord, source: object, mark: string, run: string): Promise<VersionThere> {
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
