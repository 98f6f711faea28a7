import { TouchstoneError } from "../../api/tokens.ts";
import type { TagValue } from "../operations.ts";
import type { VersionCreate, WholeRegistered, WholeVersion } from "../operations/registry.ts";
import { registryReads } from "../read/registry.ts";
import type { Handlers, WriteContext } from "./context.ts";
import type { ModelWrites } from "./models.ts";
import { serverItems } from "./servers.ts";
import { versionWrites } from "./versions.ts";

type Names = "registered.create" | "registered.update" | "registered.delete" | "version.create" | "version.update" | "version.delete";

export interface RegistryWrites {
  readonly handlers: Pick<Handlers, Names>;
  /** Adds a registered model of another registry, or brings it up to what that one says of it now. What it does not speak of stays, unless it `isExact`. */
  takeOver(model: WholeRegistered, isExact?: boolean): void;
  /** The same for a version; where its registered model is not there it is made. */
  takeOverVersion(name: string, version: WholeVersion, isExact?: boolean): void;
  /** Takes one away as if it had never been here. One that is not there is no error. */
  drop(name: string, version?: number): void;
}

/** Writes of registered models and their versions. */
export function registryWrites(context: WriteContext, models: ModelWrites): RegistryWrites {
  const { db, keys } = context;
  const reads = registryReads(db);
  const versions = versionWrites(context);
  const servers = serverItems(context);
  const insert = db.prepare<[string, number, number, string | null, string | null]>(
    "INSERT INTO registered_models (name, created, updated, description, request) VALUES (?, ?, ?, ?, ?)",
  );
  const rename = db.prepare<[string, number]>("UPDATE registered_models SET name = ? WHERE registered_key = ?");
  const describe = db.prepare<[string | null, number]>("UPDATE registered_models SET description = ? WHERE registered_key = ?");
  const touch = db.prepare<[number, number]>("UPDATE registered_models SET updated = ? WHERE registered_key = ?");
  const remove = db.prepare<[number]>("DELETE FROM registered_models WHERE registered_key = ?");
  const putTag = db.prepare<[number, number, string]>(
    "INSERT INTO registered_tags (registered_key, key_id, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const dropTag = db.prepare<[number, number]>("DELETE FROM registered_tags WHERE registered_key = ? AND key_id = ?");
  const dropTags = db.prepare<[number]>("DELETE FROM registered_tags WHERE registered_key = ?");
  const dropAliases = db.prepare<[number]>("DELETE FROM registered_aliases WHERE registered_key = ?");
  const putAlias = db.prepare<[number, string, number]>(
    "INSERT INTO registered_aliases (registered_key, alias, version) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version",
  );
  // What a source brought under this name is gone: the one that is made here is nobody else's to change.
  const disown = db.prepare<[string, string]>("DELETE FROM source_items WHERE kind = ? AND key = ?");
  const holder = db.prepare<[number, string], number>("SELECT version FROM registered_aliases WHERE registered_key = ? AND alias = ?").pluck();
  const dropAlias = db.prepare<[number, string]>("DELETE FROM registered_aliases WHERE registered_key = ? AND alias = ?");

  function registered(name: string): number {
    const found = reads.byName(name);
    if (!found) throw new TouchstoneError({ code: "REGISTERED_NOT_FOUND", message: `Registered Model with name=${name} not found` });
    return found.registeredKey;
  }

  function version(key: number, name: string, number: number): number {
    const found = reads.version(name, number);
    if (!found) throw new TouchstoneError({ code: "VERSION_NOT_FOUND", message: `Model Version (name=${name}, version=${number}) not found` });
    return found.versionKey;
  }

  const refuseServers = (name: string): void => servers.refuse("registered", name, `The registered model ${name}`);

  /** Who registers something here under the name of a server's registered model has one of their own of that name from then on; the server's is shown no more. */
  function makeOwn(name: string): boolean {
    if (servers.serverOf({ kind: "registered", key: name }) === undefined) return false;
    for (const one of reads.versionsOf(registered(name))) disown.run("version", `${name}/${one.version}`);
    drop(name);
    disown.run("registered", name);
    return true;
  }

  function drop(name: string): void {
    const found = reads.byName(name);
    if (!found) return;
    versions.tell(found.registeredKey, null);
    remove.run(found.registeredKey);
  }

  function refuseTaken(name: string): void {
    if (reads.byName(name)) throw new TouchstoneError({ code: "REGISTERED_EXISTS", message: `Registered Model (name=${name}) already exists.` });
  }

  function putTags(key: number, tags: readonly TagValue[]): void {
    for (const tag of tags) putTag.run(key, keys.of(tag.key), tag.value);
  }

  function create(input: VersionCreate): number {
    if (makeOwn(input.name)) insert.run(input.name, input.time, input.time, null, null);
    const key = registered(input.name);
    touch.run(input.time, key);
    const { time, source, location, runId, runLink, description, modelId, tags } = input;
    const made = { version: versions.next(key), created: time, updated: time, description, user: null, stage: "None", source, location, runId, runLink, modelId, status: "READY", statusMessage: null, tags };
    versions.insert(key, made, input.request ?? null);
    disown.run("version", `${input.name}/${made.version}`);
    if (modelId !== null) models.nameVersion(modelId, input.name, made.version);
    versions.tell(key, made.version);
    return made.version;
  }

  function taken(name: string, created: number): number {
    return reads.byName(name)?.registeredKey ?? Number(insert.run(name, created, created, null, null).lastInsertRowid);
  }

  return {
    handlers: {
      "registered.create"(input) {
        makeOwn(input.name);
        refuseTaken(input.name);
        disown.run("registered", input.name);
        const row = insert.run(input.name, input.time, input.time, input.description, input.request ?? null);
        putTags(Number(row.lastInsertRowid), input.tags);
        return null;
      },
      "registered.update"(input) {
        refuseServers(input.name);
        const key = registered(input.name);
        if (input.newName !== undefined) {
          if (input.newName !== input.name) {
            makeOwn(input.newName);
            refuseTaken(input.newName);
            disown.run("registered", input.newName);
          }
          rename.run(input.newName, key);
          versions.touchAll(key, input.time);
          versions.tell(key, null);
        }
        if (input.description !== undefined) describe.run(input.description, key);
        if (input.newName !== undefined || input.description !== undefined) touch.run(input.time, key);
        putTags(key, input.setTags ?? []);
        for (const tag of input.deleteTags ?? []) dropTag.run(key, keys.of(tag));
        for (const { alias, version: number } of input.setAliases ?? []) {
          version(key, input.name, number);
          for (const one of [holder.get(key, alias), number]) if (one !== undefined) versions.tell(key, one);
          putAlias.run(key, alias, number);
        }
        for (const alias of input.deleteAliases ?? []) {
          const held = holder.get(key, alias);
          if (held !== undefined) versions.tell(key, held);
          dropAlias.run(key, alias);
        }
        return null;
      },
      "registered.delete"({ name }) {
        refuseServers(name);
        registered(name);
        drop(name);
        return null;
      },
      "version.create": (input) => ({ version: create(input) }),
      "version.update"(input) {
        refuseServers(input.name);
        const key = registered(input.name);
        versions.update(key, version(key, input.name, input.version), input);
        if (input.stage !== undefined) {
          touch.run(input.time, key);
          versions.tell(key, input.archiveOthers === true ? null : input.version);
        }
        return null;
      },
      "version.delete"({ name, version: number, time }) {
        refuseServers(name);
        const key = registered(name);
        versions.tell(key, number);
        versions.remove(key, version(key, name, number), number, time);
        touch.run(time, key);
        return null;
      },
    },
    takeOver({ name, created, updated, description, tags, aliases }, isExact = false) {
      const key = taken(name, created);
      if (isExact) {
        versions.tell(key, null);
        dropTags.run(key);
        dropAliases.run(key);
      }
      describe.run(description, key);
      touch.run(updated, key);
      putTags(key, tags);
      for (const { alias, version: number } of aliases) {
        for (const one of [holder.get(key, alias), number]) if (one !== undefined) versions.tell(key, one);
        putAlias.run(key, alias, number);
      }
    },
    takeOverVersion(name, version, isExact = false) {
      const key = taken(name, version.created);
      versions.takeOver(key, version, isExact);
      versions.tell(key, version.version);
    },
    drop(name, version) {
      if (version === undefined) return drop(name);
      const key = reads.byName(name)?.registeredKey;
      if (key === undefined) return;
      versions.tell(key, version);
      versions.drop(key, version);
    },
  };
}
