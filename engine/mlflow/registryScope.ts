import type { RegisteredRecord, TaggedSlice, VersionRecord } from "../store/read/registry.ts";
import type { TagValue } from "../store/operations.ts";
import type { FindScope } from "./find.ts";
import { PROMPT_TAG, isPrompt } from "./registryChecks.ts";

const aliases = { tag: "tags", attribute: "attributes" };

/** The tags of the searched things by key. */
export type TagsByKey = Map<number, readonly TagValue[]>;

/** What `registered-models/search` finds by. */
export function registeredScope(tags: TagsByKey): FindScope<RegisteredRecord> {
  return {
    what: "A registered model",
    attributes: {
      name: { kind: "string", get: ({ name }) => name },
      timestamp: { kind: "time", get: ({ updated }) => updated, unfiltered: true },
      last_updated_timestamp: { kind: "time", get: ({ updated }) => updated, unfiltered: true },
    },
    entities: { tags: { kind: "text", get: ({ registeredKey }, key) => tagValue(tags.get(registeredKey), key), unordered: true } },
    aliases,
    order: ["name ASC"],
  };
}

/** What `model-versions/search` finds by. */
export function versionScope(tags: TagsByKey): FindScope<VersionRecord> {
  return {
    what: "A model version",
    attributes: {
      name: { kind: "string", get: ({ name }) => name },
      version_number: { kind: "number", get: ({ version }) => version },
      run_id: { kind: "string", get: ({ runId }) => runId ?? "", unordered: true },
      source_path: { kind: "string", get: ({ source }) => source, unordered: true },
      creation_timestamp: { kind: "time", get: ({ created }) => created, unfiltered: true },
      last_updated_timestamp: { kind: "time", get: ({ updated }) => updated, unfiltered: true },
    },
    entities: { tags: { kind: "text", get: ({ versionKey }, key) => tagValue(tags.get(versionKey), key), unordered: true } },
    aliases,
    order: ["last_updated_timestamp DESC", "name ASC", "version_number DESC"],
    ties: ["name ASC", "version_number DESC"],
  };
}

/** What is no prompt has, for a filter, the tag that says so. */
function tagValue(tags: readonly TagValue[] = [], key: string): string | null {
  return tags.find((tag) => tag.key === key)?.value ?? (key === PROMPT_TAG ? "false" : null);
}

/** Those that are no prompts, unless the filter asks about that itself. @param tags - Gets the tags of each slice before it comes. */
export function* withoutPrompts<T>(slices: Iterable<TaggedSlice<T>>, filter: string, tags: TagsByKey, keyOf: (item: T) => number): Generator<readonly T[]> {
  const asked = filter.includes(PROMPT_TAG);
  for (const slice of slices) {
    for (const [key, list] of slice.tags) tags.set(key, list);
    yield asked ? slice.items : slice.items.filter((item) => !isPrompt(tags.get(keyOf(item)) ?? []));
  }
}
