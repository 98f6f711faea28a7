import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectEngine, type ConnectOptions, type EngineConnection } from "../api/connect.ts";
import { engineDrain } from "../api/engine.ts";
import { isAlive, processStart } from "../platform/processes.ts";
import { PrivateFolder, type EngineAddress } from "./private.ts";

/** Engines of a test in folders of their own, with a private folder of their own; `dispose` leaves no process behind. */
export class TestEngines {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-life-")));
  readonly #connections: EngineConnection[] = [];
  readonly #folders = new Set<string>();

  constructor() {
    process.env["TOUCHSTONE_RUNTIME_DIR"] = join(this.root, "run");
  }

  /** A new folder with a blank and a letter beyond ASCII in its path. */
  folder(name = "prøject one"): string {
    const folder = join(this.root, name);
    mkdirSync(folder, { recursive: true });
    this.#folders.add(folder);
    return folder;
  }

  connect(folder: string, more: Partial<ConnectOptions> = {}): EngineConnection {
    const connection = connectEngine({ folder, clientKind: "test", extensionVersion: "0.0.0", ...more });
    this.#connections.push(connection);
    return connection;
  }

  /** The process of a folder's engine, by the private folder's own word; null when none lives. */
  enginePid(folder: string): number | null {
    const address = new PrivateFolder(folder).address();
    return address !== null && isAlive(address.pid, address.pidStart) ? address.pid : null;
  }

  address(folder: string): EngineAddress | null {
    return new PrivateFolder(folder).address();
  }

  log(folder: string): string {
    return readFileSync(new PrivateFolder(folder).logFile, "utf8");
  }

  async dispose(): Promise<void> {
    for (const connection of this.#connections) connection.dispose();
    for (const folder of this.#folders) {
      const pid = this.enginePid(folder);
      if (pid === null) continue;
      const start = processStart(pid);
      const last = connectEngine({ folder, clientKind: "test", extensionVersion: "0.0.0", start: false });
      await last.request(engineDrain, null, { timeoutMs: 5000 }).catch(() => process.kill(pid, "SIGKILL"));
      last.dispose();
      await until(() => !isAlive(pid, start));
    }
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Looks until something is so. @throws after `ms`. */
export async function until(isSo: () => boolean, ms = 30_000): Promise<void> {
  const end = performance.now() + ms;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`Not so after ${ms} ms: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
