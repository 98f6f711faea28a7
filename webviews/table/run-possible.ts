import type { RunHead } from "../../engine/api/runs.ts";
import type { MenuItem } from "../ui/menu.ts";

/** What only a run of this folder has: code, a folder of its own, a process. */
const OWN: ReadonlySet<string> = new Set(["goToCode", "diffCode", "openRunFolder", "stop"]);
const CHANGES: ReadonlySet<string> = new Set(["stop", "renameRun", "noteRun", "tagRun", "starRun", "baseline", "deleteRun", "restoreRun"]);

/** Leaves out what a run of a server does not have, and of a store that is only read what would change it. */
export function possible(items: readonly MenuItem[], { server }: Pick<RunHead, "server">, readOnly: boolean): MenuItem[] {
  return items.filter(({ id }) => !(server !== undefined && OWN.has(id)) && !(readOnly && CHANGES.has(id)));
}
