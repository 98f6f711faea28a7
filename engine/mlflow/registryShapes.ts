import type { TagValue } from "../store/operations.ts";
import type { RegisteredRecord, VersionRecord } from "../store/read/registry.ts";
import type { Readers } from "../store/store.ts";
import { listed } from "./shapes.ts";

/** As MLflow answers: the latest versions without their aliases, which stand beside them; a search has them by the names of their stages. */
export function registeredShape(model: RegisteredRecord, read: Readers, found = false): object {
  const { registry } = read;
  const latest = registry.latest(model.registeredKey);
  if (found) latest.sort((a, b) => (a.stage < b.stage ? -1 : 1));
  return {
    name: model.name,
    creation_timestamp: model.created,
    last_updated_timestamp: model.updated,
    ...(model.description === null || model.description === "" ? {} : { description: model.description }),
    ...listed("latest_versions", latest.map((version) => versionShape(version, read))),
    ...listed("tags", registry.tags(model.registeredKey)),
    ...listed("aliases", registry.aliases(model.registeredKey).map(({ alias, version }) => ({ alias, version: String(version) }))),
  };
}

/** A version; with its aliases where it was asked for itself. */
export function versionShape(version: VersionRecord, read: Readers, aliased = false, tags: readonly TagValue[] = read.registry.versionTags(version.versionKey)): object {
  const aliases = aliased ? read.registry.aliases(version.registeredKey).filter((one) => one.version === version.version) : [];
  return {
    name: version.name,
    version: String(version.version),
    creation_timestamp: version.created,
    last_updated_timestamp: version.updated,
    ...(version.user === null ? {} : { user_id: version.user }),
    current_stage: version.stage,
    ...(version.description === null ? {} : { description: version.description }),
    source: version.source,
    run_id: version.runId ?? "",
    status: version.status,
    ...(version.statusMessage === null ? {} : { status_message: version.statusMessage }),
    ...listed("tags", tags),
    run_link: version.runLink ?? "",
    ...listed("aliases", aliases.map(({ alias }) => alias)),
  };
}
