import type { ExperimentRecord } from "../store/records.ts";
import type { Readers } from "../store/store.ts";
import type { FindScope } from "./find.ts";

/** What `experiments/search` finds by. */
export function experimentScope(read: Readers): FindScope<ExperimentRecord> {
  return {
    what: "An experiment",
    attributes: {
      name: { kind: "string", get: ({ name }) => name },
      // Sorted as the number that it is, compared as the text that clients write.
      experiment_id: { kind: "string", get: ({ id, experimentId }) => (Number.isSafeInteger(Number(id)) ? experimentId : id) },
      creation_time: { kind: "time", get: ({ created }) => created },
      last_update_time: { kind: "time", get: ({ updated }) => updated },
    },
    entities: {
      tags: { kind: "text", get: ({ experimentId }, key) => read.experiments.tags(experimentId).find((tag) => tag.key === key)?.value ?? null, unordered: true },
    },
    aliases: { tag: "tags", attribute: "attributes", attr: "attributes" },
    order: ["creation_time DESC", "experiment_id ASC"],
    ties: ["experiment_id DESC"],
  };
}
