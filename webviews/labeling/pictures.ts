import type { LabelItem } from "../../engine/api/labeling.ts";
import { hostResource } from "../../engine/api/host.ts";
import type { Rpc } from "../ui/rpc.ts";

/** Pictures kept: those ahead, the one on the screen, and a few to go back to. */
const KEPT = 14;

export interface Picture {
  readonly url: string;
  readonly width: number;
  readonly height: number;
}

/** Loads and decodes pictures before they are shown, so that the next one is painted at once. */
export class Pictures {
  readonly #rpc: Pick<Rpc, "request">;
  readonly #loaded = new Map<string, { readonly loading: Promise<Picture>; picture: Picture | null; readonly element: HTMLImageElement }>();

  constructor(rpc: Pick<Rpc, "request">) {
    this.#rpc = rpc;
  }

  /** Starts loading the pictures of these items and lets go of the oldest others. */
  prefetch(items: readonly LabelItem[]): void {
    for (const item of items) if (item.content.kind === "image") void this.load(item.content.path).catch(() => undefined);
    for (const path of [...this.#loaded.keys()].slice(0, Math.max(0, this.#loaded.size - KEPT))) this.#loaded.delete(path);
  }

  /** The picture where it is decoded already. */
  ready(path: string): Picture | null {
    return this.#loaded.get(path)?.picture ?? null;
  }

  /** Rejects where the file is gone or is no picture that a browser can show. */
  load(path: string): Promise<Picture> {
    const known = this.#loaded.get(path);
    if (known) return known.loading;
    const element = new Image();
    const entry: { loading: Promise<Picture>; picture: Picture | null; element: HTMLImageElement } = { loading: this.#decode(path, element), picture: null, element };
    this.#loaded.set(path, entry);
    entry.loading.then(
      (picture) => (entry.picture = picture),
      () => this.#loaded.delete(path),
    );
    return entry.loading;
  }

  async #decode(path: string, element: HTMLImageElement): Promise<Picture> {
    const { uri } = await this.#rpc.request(hostResource, { path });
    element.src = uri;
    await element.decode();
    return { url: uri, width: element.naturalWidth, height: element.naturalHeight };
  }
}
