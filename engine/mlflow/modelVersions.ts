import type { VersionRecord } from "../store/read/registry.ts";
import { invalid, missing } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { findInTurns } from "./find.ts";
import { page } from "./limits.ts";
import { pageOf } from "./listJson.ts";
import { byNumber, locationOf, promptSource, resolveSource } from "./modelSources.ts";
import { checkedModelName, checkedTagKey, isPrompt, registryTag, stageOf, versionNumber } from "./registryChecks.ts";
import { type TagsByKey, versionScope, withoutPrompts } from "./registryScope.ts";
import { versionShape } from "./registryShapes.ts";
import { madeJustNow } from "./retries.ts";
import type { DoorServices, Routes } from "./route.ts";

/** Routes of versions of registered models. */
export function modelVersionRoutes({ store, retries }: DoorServices): Routes {
  const { read } = store;

  const existing = (name: string, version: string): VersionRecord => byNumber(checkedModelName(name), versionNumber(version), read);
  const asked = (fields: Fields): VersionRecord => {
    const [name, version] = [fields.text("name"), fields.text("version")];
    return existing(name, version);
  };
  const shape = ({ name, version }: VersionRecord): object => ({ model_version: versionShape(byNumber(name, version, read), read, true) });

  return {
    async "POST model-versions/create"({ fields, digest, response }) {
      const request = digest();
      const [name, source] = [fields.text("name"), fields.text("source")];
      const tags = fields.list("tags", (tag) => registryTag(tag, tag.anyText("key")));
      const optional = (field: string): string | null => (fields.has(field) ? fields.anyText(field) : null);
      const made = await retries.once(request, response, () => madeJustNow(read.registry.versionByRequest(request)), async () => {
        const resolved = isPrompt(tags) ? promptSource(source) : resolveSource({ source, runId: optional("run_id"), modelId: optional("model_id") }, read);
        checkedModelName(name);
        if (!read.registry.byName(name)) throw missing(`Registered Model with name=${name} not found`);
        const said = { description: fields.anyText("description"), runLink: fields.anyText("run_link") };
        const { version } = await store.write("version.create", { name, time: Date.now(), ...resolved, ...said, tags, request });
        return byNumber(name, version, read);
      });
      return shape(made);
    },
    "GET model-versions/get": ({ fields }) => shape(asked(fields)),
    async "PATCH model-versions/update"({ fields }) {
      const { name, version } = asked(fields);
      const description = fields.has("description") ? fields.anyText("description") : null;
      await store.write("version.update", { name, version, time: Date.now(), description });
      return shape(byNumber(name, version, read));
    },
    async "DELETE model-versions/delete"({ fields }) {
      const { name, version } = asked(fields);
      await store.write("version.delete", { name, version, time: Date.now() });
      return {};
    },
    async "POST model-versions/transition-stage"({ fields }) {
      const [name, number, given] = [fields.text("name"), fields.text("version"), fields.text("stage")];
      const archiveOthers = fields.optionalBoolean("archive_existing_versions") ?? false;
      const stage = stageOf(given);
      if (archiveOthers && stage !== "Staging" && stage !== "Production") {
        throw invalid(`Model version transition cannot archive existing model versions because '${given}' is not an Active stage. Valid stages are ['Staging', 'Production']`);
      }
      const found = existing(name, number);
      await store.write("version.update", { name, version: found.version, time: Date.now(), stage, archiveOthers });
      return shape(found);
    },
    async "GET model-versions/search"({ fields }) {
      const filter = fields.anyText("filter");
      const tags: TagsByKey = new Map();
      const all = withoutPrompts(read.registry.versionSlices(), filter, tags, ({ versionKey }) => versionKey);
      const found = await findInTurns(all, versionScope(tags), { filter, orderBy: fields.texts("order_by") });
      const { items, next } = page(found, fields, 10_000, 200_000, ({ versionKey }) => String(versionKey));
      return pageOf("model_versions", items, (version) => versionShape(version, read, false, tags.get(version.versionKey) ?? []), next);
    },
    // MLflow names no missing field of this one before it has looked at both.
    "GET model-versions/get-download-uri"({ fields }) {
      const [name, version] = [checkedModelName(fields.anyText("name")), versionNumber(fields.anyText("version"))];
      return { artifact_uri: locationOf(byNumber(name, version, read), read) };
    },
    async "POST model-versions/set-tag"({ fields }) {
      const [name, number, key] = [fields.text("name"), fields.text("version"), fields.text("key")];
      checkedModelName(name);
      const version = versionNumber(number);
      const tag = registryTag(fields, key);
      byNumber(name, version, read);
      await store.write("version.update", { name, version, time: Date.now(), setTags: [tag] });
      return {};
    },
    async "DELETE model-versions/delete-tag"({ fields }) {
      const [name, number, key] = [fields.text("name"), fields.text("version"), fields.text("key")];
      checkedModelName(name);
      const version = versionNumber(number);
      checkedTagKey(key);
      byNumber(name, version, read);
      await store.write("version.update", { name, version, time: Date.now(), deleteTags: [key] });
      return {};
    },
  };
}
