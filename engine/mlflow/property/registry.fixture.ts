import assert from "node:assert/strict";
import type { Draw } from "../model.fixture.ts";
import { type Aggregate, at, first, listAt, now, pages, pairsAt, pairsOf, type Said, sortedBy, type Speaker, type Step, withQuery } from "./sequence.fixture.ts";

interface Version {
  readonly name: () => string;
  readonly version: number;
  readonly created: number;
  updated: number;
  /** Null: somebody took it away. */
  description: string | null;
  stage: string;
  readonly source: string;
  readonly location: string;
  readonly tags: Map<string, string>;
}

interface Registered {
  name: string;
  readonly created: number;
  updated: number;
  description: string;
  readonly tags: Map<string, string>;
  readonly aliases: Map<string, number>;
  readonly versions: Map<number, Version>;
  /** The greatest number that was ever given. */
  last: number;
}

/** The registry in plain maps. */
class Registry {
  readonly models = new Map<string, Registered>();
  readonly gone: string[] = [];
  named = 0;

  get all(): Registered[] {
    return [...this.models.values()];
  }

  get versions(): Version[] {
    return this.all.flatMap(({ versions }) => [...versions.values()]);
  }

  /** The greatest version of each stage, in the order in which the stages came up first. */
  latest({ versions }: Registered): Version[] {
    const stages = new Map<string, Version>();
    for (const version of sortedBy([...versions.values()], (one) => String(one.version).padStart(9, "0"))) stages.set(version.stage, version);
    return [...stages.values()];
  }
}

const names = ["net", "größe", "a b", "x.y", "系", "Net", "-", "😀"];
const keys = ["team", "val/acc", "a b", "größe", "x.y-z:1"];
const texts = ["", "1", "täxt", "a\nb", "'\"\\", "😀".repeat(5), "x".repeat(9_000), "null"];
const stages = ["None", "Staging", "Production", "Archived"];
const aliases = ["champion", "best_1", "größe", "A-b", "V2x"];

function versionSaid(version: Version, registered: Registered, withAliases: boolean): object {
  const own = [...registered.aliases].filter(([, number]) => number === version.version).map(([alias]) => alias).sort();
  return {
    name: registered.name,
    version: String(version.version),
    creation_timestamp: version.created,
    last_updated_timestamp: version.updated,
    current_stage: version.stage,
    ...(version.description === null ? {} : { description: version.description }),
    source: version.source,
    run_id: "",
    status: "READY",
    ...(version.tags.size === 0 ? {} : { tags: pairsOf(version.tags) }),
    run_link: "",
    ...(withAliases && own.length > 0 ? { aliases: own } : {}),
  };
}

/** A version of an answer, with its lists by key. */
function versionRead(json: unknown): object {
  assert.ok(typeof json === "object" && json !== null, String(json));
  return { ...json, ...("tags" in json ? { tags: pairsAt(json, "tags") } : {}), ...("aliases" in json ? { aliases: listAt(json, "aliases").map(String).sort() } : {}) };
}

function registeredSaid(model: Registered, registry: Registry, found: boolean): object {
  const latest = registry.latest(model);
  const listed = (found ? sortedBy(latest, ({ stage }) => stage) : latest).map((version) => versionSaid(version, model, false));
  return {
    name: model.name,
    creation_timestamp: model.created,
    last_updated_timestamp: model.updated,
    ...(model.description === "" ? {} : { description: model.description }),
    ...(listed.length === 0 ? {} : { latest_versions: listed }),
    ...(model.tags.size === 0 ? {} : { tags: pairsOf(model.tags) }),
    ...(model.aliases.size === 0 ? {} : { aliases: sortedBy([...model.aliases].map(([alias, version]) => ({ alias, version: String(version) })), ({ alias }) => alias) }),
  };
}

function registeredRead(json: unknown): object {
  assert.ok(typeof json === "object" && json !== null, String(json));
  return {
    ...json,
    ...("tags" in json ? { tags: pairsAt(json, "tags") } : {}),
    ...("aliases" in json ? { aliases: sortedBy(listAt(json, "aliases"), (one) => String(at(one, "alias"))) } : {}),
    ...("latest_versions" in json ? { latest_versions: listAt(json, "latest_versions").map(versionRead) } : {}),
  };
}

const create: Step<Registry> = async (registry, draw, door) => {
  // Now and then a name that somebody had before.
  const name = draw.chance(0.3) && registry.gone.length > 0 ? draw.of(registry.gone) : `${draw.of(names)} ${registry.named++}`;
  if (registry.models.has(name)) return;
  const tags = draw.chance(0.5) ? [{ key: draw.of(keys), value: draw.of(texts) }] : [];
  const description = draw.chance(0.5) ? draw.of(texts) : undefined;
  const since = Date.now();
  const answer = await door.say("POST", "registered-models/create", { name, tags, description });
  const time = now(at(answer, "registered_model.creation_timestamp"), since);
  const made: Registered = { name, created: time, updated: time, description: description ?? "", tags: new Map(tags.map(({ key, value }) => [key, value])), aliases: new Map(), versions: new Map(), last: 0 };
  registry.models.set(name, made);
  assert.deepEqual(registeredRead(at(answer, "registered_model")), registeredSaid(made, registry, false));
};

/** Reads the time of a model's change, which must be that of a call since `since`. */
async function touched(model: Registered, since: number, door: Speaker): Promise<void> {
  model.updated = now(at(await door.say("GET", withQuery("registered-models/get", { name: model.name })), "registered_model.last_updated_timestamp"), since);
}

const addVersion: Step<Registry> = async (registry, draw, door) => {
  // Most of them of one model, so that they meet.
  const model = draw.chance(0.5) ? draw.of(registry.all) : first.of(registry.all);
  const of = draw.chance(0.3) && registry.versions.length > 0 ? draw.of(registry.versions) : null;
  const plain = draw.of(["s3://bucket/a b", "dbfs:/x/y", "gs://b/ü"]);
  // The source that names a version is followed to that one's files.
  const source = of === null ? plain : `models:/${of.name()}/${of.version}`;
  const tags = draw.chance(0.5) ? [{ key: draw.of(keys), value: draw.of(texts) }] : [];
  const description = draw.chance(0.5) ? draw.of(texts) : undefined;
  const since = Date.now();
  const answer = await door.say("POST", "model-versions/create", { name: model.name, source, tags, description });
  const time = now(at(answer, "model_version.creation_timestamp"), since);
  const made: Version = { name: () => model.name, version: ++model.last, created: time, updated: time, description: description ?? "", stage: "None", source, location: of?.location ?? plain, tags: new Map(tags.map(({ key, value }) => [key, value])) };
  model.versions.set(made.version, made);
  assert.deepEqual(versionRead(at(answer, "model_version")), versionSaid(made, model, true));
  await touched(model, since, door);
};

/** A version with the model that it is one of. */
function aVersion(registry: Registry, draw: Draw): { model: Registered; version: Version; id: { name: string; version: string } } | null {
  const models = registry.all.filter(({ versions }) => versions.size > 0);
  if (models.length === 0) return null;
  const model = draw.chance(0.5) ? draw.of(models) : first.of(models);
  const version = draw.of([...model.versions.values()]);
  return { model, version, id: { name: model.name, version: String(version.version) } };
}

const steps: readonly Step<Registry>[] = [
  create,
  addVersion,
  addVersion,
  async (registry, draw, door) => {
    const model = draw.of(registry.all);
    const since = Date.now();
    if (draw.chance(0.5)) {
      model.description = draw.of(texts);
      await door.say("PATCH", "registered-models/update", { name: model.name, description: model.description });
    } else {
      const name = draw.chance(0.2) ? model.name : `${draw.of(names)} ${registry.named++}`;
      await door.say("POST", "registered-models/rename", { name: model.name, new_name: name });
      registry.models.delete(model.name);
      if (name !== model.name) registry.gone.push(model.name);
      registry.models.set((model.name = name), model);
      for (const version of model.versions.values()) {
        const read = await door.say("GET", withQuery("model-versions/get", { name, version: String(version.version) }));
        version.updated = now(at(read, "model_version.last_updated_timestamp"), since);
      }
    }
    await touched(model, since, door);
  },
  async (registry, draw, door) => {
    if (registry.all.length < 3) return;
    const { name } = draw.of(registry.all);
    await door.say("DELETE", "registered-models/delete", { name });
    registry.models.delete(name);
    registry.gone.push(name);
  },
  async (registry, draw, door) => {
    const { name, tags } = draw.of(registry.all);
    const [key, value] = [draw.of(keys), draw.of(texts)];
    // One that is not there may be taken away too.
    if (draw.chance(0.4)) {
      await door.say("DELETE", "registered-models/delete-tag", { name, key });
      tags.delete(key);
    } else {
      await door.say("POST", "registered-models/set-tag", { name, key, value });
      tags.set(key, value);
    }
  },
  async (registry, draw, door) => {
    const found = aVersion(registry, draw);
    if (!found) return;
    const { model, id } = found;
    const alias = draw.of(aliases);
    if (draw.chance(0.3)) {
      await door.say("DELETE", "registered-models/alias", { name: id.name, alias });
      model.aliases.delete(alias);
    } else {
      await door.say("POST", "registered-models/alias", { ...id, alias });
      model.aliases.set(alias, found.version.version);
    }
  },
  async (registry, draw, door) => {
    const found = aVersion(registry, draw);
    if (!found) return;
    const { version, id } = found;
    const since = Date.now();
    version.description = draw.chance(0.3) ? null : draw.of(texts);
    const answer = await door.say("PATCH", "model-versions/update", version.description === null ? id : { ...id, description: version.description });
    version.updated = now(at(answer, "model_version.last_updated_timestamp"), since);
  },
  async (registry, draw, door) => {
    const found = aVersion(registry, draw);
    if (!found) return;
    const { model, version, id } = found;
    const stage = draw.chance(0.6) ? "Staging" : draw.of(stages);
    const archive = (stage === "Staging" || stage === "Production") && draw.chance(0.6);
    const since = Date.now();
    const answer = await door.say("POST", "model-versions/transition-stage", { ...id, stage: draw.chance(0.5) ? stage : stage.toUpperCase(), archive_existing_versions: archive });
    version.updated = now(at(answer, "model_version.last_updated_timestamp"), since);
    for (const other of archive ? model.versions.values() : []) {
      if (other === version || other.stage !== stage) continue;
      other.stage = "Archived";
      other.updated = now(at(await door.say("GET", withQuery("model-versions/get", { name: model.name, version: String(other.version) })), "model_version.last_updated_timestamp"), since);
    }
    version.stage = stage;
    await touched(model, since, door);
  },
  async (registry, draw, door) => {
    const found = aVersion(registry, draw);
    if (!found) return;
    const { model, version, id } = found;
    const since = Date.now();
    await door.say("DELETE", "model-versions/delete", id);
    model.versions.delete(version.version);
    for (const [alias, number] of model.aliases) if (number === version.version) model.aliases.delete(alias);
    await touched(model, since, door);
  },
  async (registry, draw, door) => {
    const found = aVersion(registry, draw);
    if (!found) return;
    const { version, id } = found;
    const [key, value] = [draw.of(keys), draw.of(texts)];
    if (draw.chance(0.4)) {
      await door.say("DELETE", "model-versions/delete-tag", { ...id, key });
      version.tags.delete(key);
    } else {
      await door.say("POST", "model-versions/set-tag", { ...id, key, value });
      version.tags.set(key, value);
    }
  },
];

function wrong(registry: Registry, draw: Draw): Said {
  const { name } = draw.of(registry.all);
  const found = aVersion(registry, draw);
  const id = found?.id ?? { name, version: "1" };
  const badName = draw.of(["", " ", "a/b", "a:b", "..", 5, null, [], {}]);
  const nobody = draw.of(["nobody", ...registry.gone.filter((one) => !registry.models.has(one))]);
  const badVersion = draw.of(["", "x", "0", "-1", "1.5", "999999", "9007199254740993", null, [], {}]);
  const badKey = draw.of(["", "a&b", "../x", "/a", "a//b", "x".repeat(251), "a\u0000b", "."]);
  const noText = draw.of([5, true, [], {}]);
  const badAlias = draw.of(["", "latest", "LATEST", "v1", "V22", "a b", "a.b", "x".repeat(256), 5]);
  const all: readonly (readonly [string, string, object])[] = [
    ["POST", "registered-models/create", { name: draw.of([badName, name]) }],
    ["POST", "registered-models/create", { name: "new", tags: draw.of([5, "a", [5], [{ key: badKey, value: "" }], [{ key: "k", value: "x".repeat(100_001) }]]) }],
    ["POST", "registered-models/create", { name: "new", description: noText }],
    ["PATCH", "registered-models/update", { name: draw.of([badName, nobody]), description: "x" }],
    ["PATCH", "registered-models/update", { name, description: noText }],
    ["POST", "registered-models/rename", { name: nobody, new_name: "new" }],
    ["POST", "registered-models/rename", { name, new_name: draw.of([badName, ...registry.all.map((one) => one.name).filter((one) => one !== name)]) }],
    ["DELETE", "registered-models/delete", { name: draw.of([badName, nobody]) }],
    ["POST", "registered-models/set-tag", { name, key: badKey, value: "1" }],
    ["POST", "registered-models/set-tag", { name, key: "k", value: draw.of([noText, "x".repeat(100_001)]) }],
    ["POST", "registered-models/set-tag", { name: nobody, key: "k", value: "1" }],
    ["DELETE", "registered-models/delete-tag", { name: draw.of([badName, nobody]), key: "k" }],
    ["POST", "registered-models/alias", { ...id, alias: badAlias }],
    ["POST", "registered-models/alias", { name: id.name, version: badVersion, alias: "fine" }],
    ["DELETE", "registered-models/alias", { name: nobody, alias: "fine" }],
    ["POST", "model-versions/create", { name: draw.of([badName, nobody]), source: "s3://a/b" }],
    ["POST", "model-versions/create", { name, source: draw.of(["", null, 5, "http://a/b", "file:///etc", "/etc", "../a", "s3://a/../b", "runs:/nobody/a", "models:/nobody/1", `models:/${name}/999999`, "models:/m-0123456789abcdef0123456789abcdef"]) }],
    ["POST", "model-versions/create", { name, source: "s3://a/b", tags: draw.of([5, [5], [{ key: badKey, value: "" }]]) }],
    ["PATCH", "model-versions/update", { ...id, version: badVersion, description: "x" }],
    ["PATCH", "model-versions/update", { name: draw.of([badName, nobody]), version: "1", description: "x" }],
    ["POST", "model-versions/transition-stage", { ...id, stage: draw.of(["", "Nowhere", 5, null, []]) }],
    ["POST", "model-versions/transition-stage", { ...id, stage: draw.of(["None", "Archived"]), archive_existing_versions: true }],
    ["POST", "model-versions/transition-stage", { ...id, version: badVersion, stage: "Staging" }],
    ["DELETE", "model-versions/delete", { ...id, version: badVersion }],
    ["POST", "model-versions/set-tag", { ...id, key: badKey, value: "1" }],
    ["POST", "model-versions/set-tag", { ...id, version: badVersion, key: "k", value: "1" }],
    ["DELETE", "model-versions/delete-tag", { name: draw.of([badName, nobody]), version: "1", key: "k" }],
    ["GET", withQuery("registered-models/get", { name: nobody }), {}],
    ["GET", withQuery("registered-models/alias", { name, alias: "nobody" }), {}],
    ["GET", withQuery("registered-models/search", { max_results: draw.of(["0", "-1", "1001", "x"]) }), {}],
    ["GET", withQuery("registered-models/search", { filter: draw.of(["nam = 'a'", "name ~ 'a'", "name =", "(", "name = 5"]) }), {}],
    ["GET", withQuery("registered-models/search", { order_by: draw.of(["tags.a", "size", "name UP"]) }), {}],
    ["GET", withQuery("registered-models/get-latest-versions", { name, stages: "Nowhere" }), {}],
    ["GET", withQuery("model-versions/get", { name, version: draw.of(["0", "x", "", "999999"]) }), {}],
    ["GET", withQuery("model-versions/get-download-uri", { name: nobody, version: "1" }), {}],
    ["GET", withQuery("model-versions/search", { max_results: draw.of(["0", "200001", "x"]) }), {}],
    ["GET", withQuery("model-versions/search", { page_token: draw.of(["x", "bm90"]) }), {}],
  ];
  const [method, path, body] = draw.of(all);
  return method === "GET" ? { method, path } : { method, path, body };
}

async function check(registry: Registry, door: Speaker): Promise<void> {
  for (const model of registry.all) {
    assert.deepEqual(registeredRead(at(await door.say("GET", withQuery("registered-models/get", { name: model.name })), "registered_model")), registeredSaid(model, registry, false));
    for (const stage of ["Production", "none"]) {
      const latest = await door.say("POST", "registered-models/get-latest-versions", { name: model.name, stages: [stage] });
      const wanted = registry.latest(model).filter((version) => version.stage.toLowerCase() === stage.toLowerCase());
      assert.deepEqual(listAt(latest, "model_versions").map(versionRead), wanted.map((version) => versionSaid(version, model, true)));
    }
    for (let number = 1; number <= model.last; number++) {
      const [version, asked] = [model.versions.get(number), { name: model.name, version: String(number) }];
      const answer = await door.ask("GET", withQuery("model-versions/get", asked));
      assert.equal(answer.status, version ? 200 : 404, `${model.name} ${number}: ${answer.text}`);
      if (!version) continue;
      assert.deepEqual(versionRead(answer.json["model_version"]), versionSaid(version, model, true));
      assert.deepEqual(await door.say("GET", withQuery("model-versions/get-download-uri", asked)), { artifact_uri: version.location });
    }
    for (const alias of aliases) {
      const number = model.aliases.get(alias);
      const answer = await door.ask("GET", withQuery("registered-models/alias", { name: model.name, alias }));
      assert.equal(answer.status, number === undefined ? 400 : 200, answer.text);
      if (number !== undefined) assert.equal(at(answer.json, "model_version.version"), String(number));
    }
  }
  for (const name of registry.gone) if (!registry.models.has(name)) assert.equal((await door.ask("GET", withQuery("registered-models/get", { name }))).status, 404);
  const bytes = (text: string): string => Buffer.from(text).toString("hex");
  const found = await pages("registered_models", (token) => door.say("GET", withQuery("registered-models/search", { max_results: "3", page_token: token })));
  assert.deepEqual(found.map(registeredRead), sortedBy(registry.all, ({ name }) => bytes(name)).map((model) => registeredSaid(model, registry, true)));
  const versions = await pages("model_versions", (token) => door.say("GET", withQuery("model-versions/search", { max_results: "4", page_token: token })));
  const place = ({ updated, name, version }: Version): string => `${String(1e15 - updated).padStart(16, "0")} ${bytes(name())} ${String(1e9 - version).padStart(10, "0")}`;
  const ordered = sortedBy(registry.versions, place).map((version) => {
    const model = registry.models.get(version.name());
    assert.ok(model);
    return versionSaid(version, model, false);
  });
  assert.deepEqual(versions.map(versionRead), ordered);
}

export const registry: Aggregate<Registry> = {
  name: "registry",
  model: () => new Registry(),
  begin: async (model, door) => {
    for (let i = 0; i < 2; i++) await create(model, first, door);
    await addVersion(model, first, door);
  },
  steps,
  wrong,
  check,
};
