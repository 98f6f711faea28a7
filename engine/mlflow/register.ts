import { verifyToken } from "../life/tokens.ts";
import type { Spools } from "../offline/spools.ts";
import { QuietMemory } from "../platform/memory.ts";
import type { Services } from "../services.ts";
import { createMlflowDoor } from "./door.ts";
import { createRunSearch } from "./search.ts";

/** Serves MLflow's REST API on the engine's HTTP port. */
export function registerMlflow({ http, secret, store, artifacts, runTable, log }: Services, spools: Spools): void {
  const known = new WeakSet<object>();
  // A page of many runs or a long history takes some megabytes for a moment.
  const memory = new QuietMemory();
  const door = createMlflowDoor({
    store,
    artifacts,
    search: createRunSearch(runTable, store.read),
    verifyToken: (token) => verifyToken(secret, token),
    requireToken: http.requireToken,
    onWritten: (runId, connection) => {
      const row = runTable.row(runId);
      if (row === undefined) return;
      runTable.signs.writes(runTable.run(row), connection);
      if (known.has(connection)) return;
      known.add(connection);
      connection.once("close", () => runTable.signs.left(connection));
    },
    catchUp: (launchId, position) => spools.catchUp(launchId, position),
    log,
  });
  http.serve((request, response) => {
    memory.touch();
    door(request, response);
  });
}
