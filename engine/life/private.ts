import { createHash, randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";
import { ensurePrivateFolder } from "../platform/sockets.ts";
import { privateBase } from "../platform/paths.ts";

const SECRET_BYTES = 32;

/** How the engine of a store is reached. Written by the engine that holds the lock, into the private folder only. */
export interface EngineAddress {
  readonly pid: number;
  /** See platform/processes.ts. */
  readonly pidStart: string | null;
  readonly version: string;
  readonly protocol: number;
  readonly socket: string;
  readonly port: number;
  /** The file that the engine was started from: who restarts it needs no other. */
  readonly entry: string;
  /** What a person asked `touchstone serve` for, as arguments: who takes over from this engine serves in the same way. Absent in older ones. */
  readonly args?: readonly string[];
  /** It stays without clients: somebody's `touchstone serve`. Absent in older ones. */
  readonly stays?: boolean;
}

/**
 * What belongs to a store and must not lie in the workspace, in a folder that only this user enters, named by a hash of the
 * store's real path: secret, kept HTTP port, lock, the engine's address, its log.
 */
export class PrivateFolder {
  readonly path: string;

  constructor(storeFolder: string) {
    const key = createHash("sha256").update(realpathSync.native(storeFolder)).digest("hex").slice(0, 16);
    const base = privateBase();
    ensurePrivateFolder(base);
    this.path = join(base, key);
    ensurePrivateFolder(this.path);
  }

  get lockFile(): string {
    return join(this.path, "lock.db");
  }

  get logFile(): string {
    return join(this.path, "engine.log");
  }

  /**
   * The secret of this store; made on first use, and anew where the file is none (a full disk left it empty: tokens signed with
   * that anybody could make). Two processes whose first use it is get the same one.
   */
  secret(): Uint8Array {
    const file = join(this.path, "secret");
    const kept = readSecret(file);
    if (kept !== null) return kept;
    const made = `${file}.${process.pid}`;
    writeFileSync(made, randomBytes(SECRET_BYTES), { mode: 0o600 });
    try {
      if (existsSync(file)) renameSync(made, file);
      // Unlike a rename, a link never replaces the secret that another process made meanwhile.
      else linkSync(made, file);
    } catch {
      if (!existsSync(file)) renameSync(made, file);
    }
    rmSync(made, { force: true });
    return readSecret(file) ?? noSecret(file);
  }

  /** The HTTP port of earlier engines of this store, so that scripts which run on find the next one; null the first time. */
  keptPort(): number | null {
    try {
      const port = Number(readFileSync(join(this.path, "port"), "utf8"));
      return Number.isInteger(port) && port > 0 && port < 65536 ? port : null;
    } catch {
      return null;
    }
  }

  keepPort(port: number): void {
    this.#replace("port", String(port));
  }

  /** What a person allows this store's artifacts to take, in bytes; null for no limit. */
  artifactQuota(): number | null {
    try {
      const bytes = Number(readFileSync(join(this.path, "quota"), "utf8"));
      return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : null;
    } catch {
      return null;
    }
  }

  keepArtifactQuota(bytes: number | null): void {
    this.#replace("quota", String(bytes ?? 0));
  }

  /** Sources outside of the store's folder that a person had followed, by the importers' names for them. */
  followedOutside(): ReadonlySet<string> {
    try {
      const names: unknown = JSON.parse(readFileSync(join(this.path, "followed.json"), "utf8"));
      return new Set(Array.isArray(names) ? names.filter((name) => typeof name === "string") : []);
    } catch {
      return new Set();
    }
  }

  keepFollowedOutside(names: ReadonlySet<string>): void {
    this.#replace("followed.json", JSON.stringify([...names]));
  }

  address(): EngineAddress | null {
    try {
      // SAFETY: only this program writes into the private folder; a torn or foreign file fails to parse or to connect.
      return JSON.parse(readFileSync(join(this.path, "engine.json"), "utf8")) as EngineAddress;
    } catch {
      return null;
    }
  }

  announce(address: EngineAddress): void {
    this.#replace("engine.json", JSON.stringify(address));
  }

  withdraw(): void {
    rmSync(join(this.path, "engine.json"), { force: true });
  }

  /**
   * Remembers that a launch was recorded on this machine, until `forgetLaunch`. Files of a store may have come with a folder;
   * only launches remembered here are believed what their files say.
   */
  rememberLaunch(launchId: string): void {
    mkdirSync(this.#launches, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.#launches, launchId), "", { mode: 0o600 });
  }

  forgetLaunch(launchId: string): void {
    rmSync(join(this.#launches, launchId), { force: true });
  }

  rememberedLaunches(): ReadonlySet<string> {
    return new Set(existsSync(this.#launches) ? readdirSync(this.#launches) : []);
  }

  get #launches(): string {
    return join(this.path, "launches");
  }

  /** Readers see the old content or the new one, never a part. */
  #replace(name: string, content: string): void {
    const file = join(this.path, name);
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, content, { mode: 0o600 });
    renameSync(temporary, file);
  }
}

function readSecret(file: string): Uint8Array | null {
  if (!existsSync(file)) return null;
  const bytes = readFileSync(file);
  return bytes.length === SECRET_BYTES ? bytes : null;
}

function noSecret(file: string): never {
  throw new TouchstoneError({ code: "NO_SECRET", message: "The engine's secret could not be kept in its private folder.", file, hint: "Make room on the disk, or remove the file." });
}
