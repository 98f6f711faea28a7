import type { RegisteredRecord } from "../store/read/registry.ts";
import { MlflowError, missing } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { findInTurns } from "./find.ts";
import { page } from "./limits.ts";
import { pageOf } from "./listJson.ts";
import { byAlias } from "./modelSources.ts";
import { checkedAlias, checkedModelName, checkedTagKey, isPrompt, newAlias, registryTag, stageOf, versionNumber } from "./registryChecks.ts";
import { type TagsByKey, registeredScope, withoutPrompts } from "./registryScope.ts";
import { registeredShape, versionShape } from "./registryShapes.ts";
import { madeJustNow } from "./retries.ts";
import type { DoorServices, Routes } from "./route.ts";
import { listed } from "./shapes.ts";

/** Routes of registered models. */
export function registeredModelRoutes({ store, retries }: DoorServices): Routes {
  const { read } = store;

  const existing = (name: string): RegisteredRecord => {
    const found = read.registry.byName(checkedModelName(name));
    if (!found) throw missing(`Registered Model with name=${name} not found`);
    return found;
  };
  const shape = (model: RegisteredRecord): object => ({ registered_model: registeredShape(model, read) });

  return {
    async "POST registered-models/create"({ fields, digest, response }) {
      const request = digest();
      const name = checkedModelName(fields.text("name"));
      const tags = fields.list("tags", (tag) => registryTag(tag, tag.anyText("key")));
      const made = await retries.once(request, response, () => madeJustNow(read.registry.byRequest(request)), async () => {
        const taken = read.registry.byName(name);
        if (taken) throw alreadyThere(name, isPrompt(read.registry.tags(taken.registeredKey)), isPrompt(tags));
        await store.write("registered.create", { name, time: Date.now(), description: fields.anyText("description"), tags, request });
        return existing(name);
      });
      return shape(made);
    },
    "GET registered-models/get": ({ fields }) => shape(existing(fields.text("name"))),
    async "PATCH registered-models/update"({ fields }) {
      const { name } = existing(fields.text("name"));
      await store.write("registered.update", { name, time: Date.now(), description: fields.anyText("description") });
      return shape(existing(name));
    },
    async "POST registered-models/rename"({ fields }) {
      const [name, newName] = [fields.text("name"), checkedModelName(fields.text("new_name"), "new_name")];
      await store.write("registered.update", { name: existing(name).name, time: Date.now(), newName });
      return shape(existing(newName));
    },
    async "DELETE registered-models/delete"({ fields }) {
      await store.write("registered.delete", { name: existing(fields.text("name")).name });
      return {};
    },
    async "GET registered-models/search"({ fields }) {
      const filter = fields.anyText("filter");
      const tags: TagsByKey = new Map();
      const all = withoutPrompts(read.registry.registeredSlices(), filter, tags, ({ registeredKey }) => registeredKey);
      const found = await findInTurns(all, registeredScope(tags), { filter, orderBy: fields.texts("order_by") });
      const { items, next } = page(found, fields, 100, 1000, ({ name }) => name);
      return pageOf("registered_models", items, (model) => registeredShape(model, read, true), next);
    },
    "GET registered-models/get-latest-versions": latestVersions,
    "POST registered-models/get-latest-versions": latestVersions,

    async "POST registered-models/set-tag"({ fields }) {
      const [name, key] = [fields.text("name"), fields.text("key")];
      checkedModelName(name);
      const tag = registryTag(fields, key);
      await store.write("registered.update", { name: existing(name).name, time: Date.now(), setTags: [tag] });
      return {};
    },
    async "DELETE registered-models/delete-tag"({ fields }) {
      const [name, key] = [fields.text("name"), checkedTagKey(fields.text("key"))];
      await store.write("registered.update", { name: existing(name).name, time: Date.now(), deleteTags: [key] });
      return {};
    },

    async "POST registered-models/alias"({ fields }) {
      const [name, alias, version] = [fields.text("name"), fields.text("alias"), fields.text("version")];
      checkedModelName(name);
      newAlias(alias);
      const number = versionNumber(version);
      if (!read.registry.version(name, number)) throw missing(`Model Version (name=${name}, version=${number}) not found`);
      await store.write("registered.update", { name, time: Date.now(), setAliases: [{ alias, version: number }] });
      return {};
    },
    async "DELETE registered-models/alias"({ fields }) {
      const [name, alias] = [checkedModelName(fields.text("name")), checkedAlias(fields.text("alias"))];
      await store.write("registered.update", { name: existing(name).name, time: Date.now(), deleteAliases: [alias] });
      return {};
    },
    "GET registered-models/alias"({ fields }) {
      const [name, alias] = [checkedModelName(fields.text("name")), checkedAlias(fields.text("alias"))];
      return { model_version: versionShape(byAlias(name, alias, read), read, true) };
    },
  };

  function latestVersions({ fields }: { fields: Fields }): object {
    const model = existing(fields.text("name"));
    const stages = new Set(fields.texts("stages").map(stageOf));
    const latest = read.registry.latest(model.registeredKey).filter(({ stage }) => stages.size === 0 || stages.has(stage));
    return listed("model_versions", latest.map((version) => versionShape(version, read, true)));
  }
}

function alreadyThere(name: string, isOldPrompt: boolean, isNewPrompt: boolean): MlflowError {
  const word = (prompt: boolean): string => (prompt ? "Prompt" : "Registered Model");
  const message =
    isOldPrompt === isNewPrompt
      ? `${word(isNewPrompt)} (name=${name}) already exists.`
      : `Tried to create a ${word(isNewPrompt).toLowerCase()} with name '${name}', but the name is already taken by a ${word(isOldPrompt).toLowerCase()}. MLflow does not allow creating a model and a prompt with the same name.`;
  return new MlflowError("RESOURCE_ALREADY_EXISTS", message);
}
