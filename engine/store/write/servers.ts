import { TouchstoneError } from "../../api/tokens.ts";
import type { ImportedItem } from "../operations/imports.ts";
import { sourceReads } from "../read/sources.ts";
import type { WriteContext } from "./context.ts";

/** Things of an MLflow server that are shown here as well. */
export function serverItems({ db }: Pick<WriteContext, "db">) {
  const { serverOf } = sourceReads(db);
  return {
    serverOf,
    /** Throws `SERVERS_OWN` for a thing of a server: a change made here only would never reach it, and the next look would take it back. */
    refuse(kind: ImportedItem["kind"], key: string, what: string): void {
      const server = serverOf({ kind, key });
      if (server !== undefined) throw new TouchstoneError({ code: "SERVERS_OWN", message: `${what} stands on the MLflow server ${server} and is only shown here, so nothing was changed.`, hint: "Change it there." });
    },
  };
}
