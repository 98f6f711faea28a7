import { TouchstoneError } from "../api/tokens.ts";
import type { Elsewhere, Missing, RunChange } from "../runs/elsewhere.ts";
import { SERVER_FORMAT } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { isWhole } from "./histories.ts";
import { missingApart } from "./wholeRuns.ts";

/** Throws `REMOTE_NONE` where a change is about runs of a server that is not the connected one: made here only, it would never reach them. */
export function refuseElsewhere(store: Store, { runIds, name, note, setTags = {}, deleteTags = [], deleted }: RunChange, connected: string | null): void {
  if (name === undefined && note === undefined && deleted === undefined && Object.keys(setTags).length + deleteTags.length === 0) return;
  for (const id of runIds) {
    const place = store.read.sources.placeOfRun(id, SERVER_FORMAT);
    if (place !== undefined && place !== connected) throw new TouchstoneError({ code: "REMOTE_NONE", message: `${runIds.length === 1 ? "This run stands" : "Some of these runs stand"} on ${place}, which is not connected, so nothing was changed.`, hint: "Connect to MLflow Server… first." });
  }
}

/** By run, why points of its curve may be missing: runs of a server that is not connected. */
export function lacksApart(store: Store, runIds: readonly string[], key: string): Map<string, string> {
  const lacks = new Map<string, string>();
  for (const id of runIds) {
    const place = store.read.sources.placeOfRun(id, SERVER_FORMAT);
    if (place !== undefined && !isWhole(store, place, id, key)) lacks.set(id, `only what was read before from ${place}, which is not connected, is here.`);
  }
  return lacks;
}

/** While no server is connected: what was fetched is shown, and nothing of it is changed. */
export function disconnected(store: Store): Elsewhere {
  return {
    curve: async (runIds, key) => lacksApart(store, runIds, key),
    files: async () => null,
    file: async () => undefined,
    whole: async (runIds) => new Map(runIds.flatMap((id) => [missingApart(store, id)].flatMap((missing): [string, Missing][] => (missing === null ? [] : [[id, missing]])))),
    change: async (change) => refuseElsewhere(store, change, null),
  };
}
