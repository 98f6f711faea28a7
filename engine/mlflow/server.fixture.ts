import { createArtifacts } from "../artifacts/artifacts.ts";
import { openHttpDoor } from "../life/http.ts";
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
  /** Of a call with the store's token. */
  readonly headers: Readonly<Record<string, string>>;
  launchToken(launchId: string): string;
  close(): Promise<void>;
}

type Listener = ReturnType<typeof createMlflowDoor>;

/** A door over a store of its own, on a free port. `around` stands between the port and the door. */
export async function openDoor(given?: string, { requireToken = true, around = (door) => door }: { requireToken?: boolean; around?: (door: Listener) => Listener } = {}): Promise<DoorFixture> {
  const temporary = given === undefined ? temporaryFolder() : { folder: given, dispose: () => undefined };
  const store = await openStore({ folder: temporary.folder });
  const door = createMlflowDoor({
    store,
    artifacts: createArtifacts(store),
    search: createRunSearch(openRunTable(store), store.read),
    verifyToken: (token) => verifyToken(secret, token),
    requireToken,
    log: (message) => process.stderr.write(`${message}\n`),
  });
  const http = await openHttpDoor(null, { requireToken, strict: true });
  http.serve(around(door));
  return {
    store,
    uri: http.uri,
    storeToken: storeToken(secret),
    headers: { authorization: `Bearer ${storeToken(secret)}` },
    launchToken: (launchId) => launchToken(secret, launchId),
    async close() {
      await http.close();
      await store.close();
      temporary.dispose();
    },
  };
}
