import type { RemoteAddress } from "../../engine/api/remote.ts";

/** What is needed of the editor's secret storage. */
export interface Secrets {
  get(name: string): Thenable<string | undefined>;
  store(name: string, value: string): Thenable<void>;
  delete(name: string): Thenable<void>;
}

/** How a person reaches the servers of their folders. Each folder has its own: the same server may know the person as somebody else there. */
export class Credentials {
  readonly #secrets: Secrets;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  async addressOf(folder: string, uri: string): Promise<RemoteAddress> {
    const kept = await this.#secrets.get(nameOf(folder, uri));
    // SAFETY: `keep` wrote it.
    return kept === undefined ? { uri } : (JSON.parse(kept) as RemoteAddress);
  }

  /** Keeps how the person reaches a server from now on; what was kept before is gone, also where no credentials are needed any more. */
  async keep(folder: string, address: RemoteAddress): Promise<void> {
    if (hasCredentials(address)) await this.#secrets.store(nameOf(folder, address.uri), JSON.stringify(address));
    else await this.forget(folder, address.uri);
  }

  async forget(folder: string, uri: string): Promise<void> {
    await this.#secrets.delete(nameOf(folder, uri));
  }
}

export function hasCredentials({ token, password }: RemoteAddress): boolean {
  return token !== undefined || password !== undefined;
}

function nameOf(folder: string, uri: string): string {
  return `touchstone.remote ${JSON.stringify([folder, uri])}`;
}
