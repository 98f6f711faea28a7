import { createServer } from "node:http";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { launchToken, storeToken, verifyToken } from "../life/tokens.ts";
import { openRunTable } from "../runs/openTable.ts";
import { type Store, openStore } from "../store/store.ts";
import { temporaryFolder } from "../store/store.fixture.ts";
import { createMlflowDoor } from "./door.ts";
import { createRunSearch } from "./search.ts";

const secret = new Uint8Array(32).fill(7);

export interface DoorFixture {
  readonly store: Store;
  readonly uri: string;
  readonly storeToken: string;
  launchToken(launchId: string): string;
  close(): Promise<void>;
}

/** A door over a store of its own, on a free port. */
export async function openDoor(given?: string): Promise<DoorFixture> {
  const temporary = given === undefined ? temporaryFolder() : { folder: given, dispose: () => undefined };
  const store = await openStore({ folder: temporary.folder });
  const door = createMlflowDoor({
    store,
    artifacts: createArtifacts(store),
    search: createRunSearch(openRunTable(store), store.read),
    verifyToken: (token) => verifyToken(secret, token),
    requireToken: true,
    log: (message) => process.stderr.write(`${message}\n`),
  });
  const server = createServer(door);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    store,
    uri: `http://127.0.0.1:${port}`,
    storeToken: storeToken(secret),
    launchToken: (launchId) => launchToken(secret, launchId),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
      temporary.dispose();
    },
  };
}
