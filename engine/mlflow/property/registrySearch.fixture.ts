import { Buffer } from "node:buffer";
import type { Draw } from "../model.fixture.ts";
import { type Field, keyed, keys, nullSigns, numberSigns, type Order, type SearchKind, texts, textSigns } from "./search.fixture.ts";
import { at, listAt, type Speaker, withQuery } from "./sequence.fixture.ts";

interface Tagged {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: number;
  readonly updated: number;
}

interface Experiment extends Tagged {
  readonly id: string;
}

interface Version extends Tagged {
  readonly version: number;
  readonly run: string;
  readonly source: string;
}

const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const someTags = (draw: Draw): Record<string, string> => Object.fromEntries(keys.filter(() => draw.chance(0.6)).map((key) => [key, draw.of(texts)]));
const pairs = (tags: Readonly<Record<string, string>>): object[] => Object.entries(tags).map(([key, value]) => ({ key, value }));
const tagFields = <T extends Tagged>(signs: readonly string[]): Field<T>[] =>
  keys.map((key) => ({ names: keyed(["tags", "tag"], key), kind: "text", signs, values: ({ tags }) => (tags[key] === undefined ? [] : [tags[key]]) }));
const scoped = (mark: string, filter: string): string => `tags.found = '${mark}'${filter === "" ? "" : ` AND ${filter}`}`;
const asked = <T>(orders: readonly Order<T>[]): string[] => orders.map(({ name, descending }, i) => `${name}${descending ? " DESC" : i % 2 === 0 ? "" : " ASC"}`);

export const experimentSearch: SearchKind<Experiment> = {
  name: "experiments",
  idOf: ({ id }) => id,
  fields: [
    { names: ["name", "attribute.name"], orderName: "name", kind: "text", signs: textSigns, ordered: true, values: ({ name }) => [name] },
    { names: ["creation_time", "attribute.creation_time"], kind: "number", whole: true, signs: numberSigns, ordered: true, values: ({ created }) => [created] },
    { names: ["last_update_time"], kind: "number", whole: true, signs: numberSigns, ordered: true, values: ({ updated }) => [updated] },
    ...tagFields<Experiment>(nullSigns),
  ],
  ties: (a, b, ordered) => (ordered ? Number(b.id) - Number(a.id) : b.created - a.created || Number(a.id) - Number(b.id)),
  async fill(draw, door, mark) {
    const things: Experiment[] = [];
    for (let i = 0; i < 14; i++) {
      const [name, tags] = [`${draw.of(texts)} ${i} ${mark}`, { ...someTags(draw), found: mark }];
      const id = String((await door.say("POST", "experiments/create", { name, tags: pairs(tags) }))["experiment_id"]);
      if (draw.chance(0.3)) await door.say("POST", "experiments/set-experiment-tag", { experiment_id: id, key: "touched", value: "1" });
      things.push({ id, name, tags, created: 0, updated: 0 });
    }
    for (const [i, thing] of things.entries()) {
      const read = await door.say("GET", withQuery("experiments/get", { experiment_id: thing.id }));
      things[i] = { ...thing, created: Number(at(read, "experiment.creation_time")), updated: Number(at(read, "experiment.last_update_time")) };
    }
    return {
      things,
      async find(filter, orders, token) {
        const answer = await door.say("POST", "experiments/search", { filter: scoped(mark, filter), order_by: asked(orders), max_results: 5, page_token: token });
        return { ids: listAt(answer, "experiments").map((one) => String(at(one, "experiment_id"))), next: answer["next_page_token"] };
      },
    };
  },
};

async function registered(draw: Draw, door: Speaker, mark: string, i: number): Promise<Tagged> {
  const [name, tags] = [`${draw.of(texts)} ${i} ${mark}`, { ...someTags(draw), found: mark }];
  await door.say("POST", "registered-models/create", { name, tags: pairs(tags) });
  return { name, tags, created: 0, updated: 0 };
}

export const registeredSearch: SearchKind<Tagged> = {
  name: "registered models",
  idOf: ({ name }) => name,
  fields: [
    { names: ["name", "attribute.name"], orderName: "name", kind: "text", signs: [...textSigns, "IN", "NOT IN"], ordered: true, values: ({ name }) => [name] },
    { names: ["last_updated_timestamp", "timestamp"], kind: "number", signs: [], ordered: true, values: ({ updated }) => [updated] },
    ...tagFields<Tagged>(textSigns),
  ],
  ties: (a, b) => bytes(a.name, b.name),
  async fill(draw, door, mark) {
    const things: Tagged[] = [];
    for (let i = 0; i < 14; i++) things.push(await registered(draw, door, mark, i));
    for (const thing of things) if (draw.chance(0.3)) await door.say("PATCH", "registered-models/update", { name: thing.name, description: "x" });
    for (const [i, thing] of things.entries()) {
      const read = await door.say("GET", withQuery("registered-models/get", { name: thing.name }));
      things[i] = { ...thing, updated: Number(at(read, "registered_model.last_updated_timestamp")) };
    }
    return {
      things,
      async find(filter, orders, token) {
        const answer = await door.say("GET", withQuery("registered-models/search", { filter: scoped(mark, filter), order_by: asked(orders), max_results: "5", page_token: token }));
        return { ids: listAt(answer, "registered_models").map((one) => String(at(one, "name"))), next: answer["next_page_token"] };
      },
    };
  },
};

export const versionSearch: SearchKind<Version> = {
  name: "model versions",
  idOf: ({ name, version }) => `${name}/${version}`,
  fields: [
    { names: ["name", "attribute.name"], orderName: "name", kind: "text", signs: [...textSigns, "IN", "NOT IN"], ordered: true, values: ({ name }) => [name] },
    { names: ["version_number"], kind: "number", whole: true, signs: numberSigns, ordered: true, values: ({ version }) => [version] },
    { names: ["run_id"], kind: "text", signs: [...textSigns, "IN", "NOT IN"], values: ({ run }) => [run] },
    { names: ["source_path", "attribute.source_path"], kind: "text", signs: textSigns, values: ({ source }) => [source] },
    { names: ["creation_timestamp"], kind: "number", signs: [], ordered: true, values: ({ created }) => [created] },
    { names: ["last_updated_timestamp"], kind: "number", signs: [], ordered: true, values: ({ updated }) => [updated] },
    ...tagFields<Version>(textSigns),
  ],
  ties: (a, b, ordered) => (ordered ? 0 : b.updated - a.updated) || bytes(a.name, b.name) || b.version - a.version,
  async fill(draw, door, mark) {
    const runs = [""];
    for (let i = 0; i < 2; i++) runs.push(String(at(await door.say("POST", "runs/create", { experiment_id: "0", start_time: i }), "run.info.run_id")));
    const models: Tagged[] = [];
    for (let i = 0; i < 3; i++) models.push(await registered(draw, door, mark, i));
    const things: Version[] = [];
    for (let i = 0; i < 18; i++) {
      const [{ name }, run, source, tags] = [draw.of(models), draw.of(runs), `s3://${draw.of(["a", "B"])}/${draw.of(["x y", "käse", "9"])}`, { ...someTags(draw), found: mark }];
      const made = await door.say("POST", "model-versions/create", { name, source, tags: pairs(tags), ...(run === "" ? {} : { run_id: run }) });
      things.push({ name, run, source, tags, version: Number(at(made, "model_version.version")), created: 0, updated: 0 });
    }
    for (const { name, version } of things) if (draw.chance(0.3)) await door.say("PATCH", "model-versions/update", { name, version: String(version), description: "x" });
    for (const [i, thing] of things.entries()) {
      const read = await door.say("GET", withQuery("model-versions/get", { name: thing.name, version: String(thing.version) }));
      things[i] = { ...thing, created: Number(at(read, "model_version.creation_timestamp")), updated: Number(at(read, "model_version.last_updated_timestamp")) };
    }
    return {
      things,
      async find(filter, orders, token) {
        const answer = await door.say("GET", withQuery("model-versions/search", { filter: scoped(mark, filter), order_by: asked(orders), max_results: "5", page_token: token }));
        return { ids: listAt(answer, "model_versions").map((one) => `${String(at(one, "name"))}/${String(at(one, "version"))}`), next: answer["next_page_token"] };
      },
    };
  },
};
