import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Progress } from "../api/tokens.ts";
import { bytesKey } from "../items/key.ts";
import type { ItemSource, SourceItem } from "./source.ts";

/** What a browser can show; TIFF and HEIC it cannot. */
const shown = /\.(png|jpe?g|gif|webp|bmp|avif|svg)$/i;

/** One line of `items.jsonl`: an item, and the file it is where it is one. */
export interface ListedItem {
  readonly item: string;
  /** Relative to the source's folder, with `/`. */
  readonly path?: string;
}

/** Image files below a folder, relative to it with `/`, in the order a person would count them (2 before 10). */
export async function listImages(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found
    .filter((entry) => entry.isFile() && shown.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll("\\", "/"))
    .filter((path) => !path.split("/").some((part) => part.startsWith(".")));
  return paths.sort(new Intl.Collator("en", { numeric: true }).compare);
}

/** Names each image by its bytes. Files with equal bytes are one item, under the first path. */
export async function keyImages(folder: string, paths: readonly string[], signal: AbortSignal, progress: (p: Progress) => void): Promise<readonly ListedItem[]> {
  const items = new Map<string, ListedItem>();
  for (const [done, path] of paths.entries()) {
    signal.throwIfAborted();
    const digest = createHash("sha256");
    await pipeline(createReadStream(join(folder, path)), digest, { signal });
    const item = bytesKey(digest.digest("hex"));
    if (!items.has(item)) items.set(item, { item, path });
    if (done % 50 === 0) progress({ done, total: paths.length, unit: "images" });
  }
  return [...items.values()];
}

/** Items that are files. `shownFolder` is the folder relative to the store's. */
export function imageSource(folder: string, shownFolder: string, listed: readonly ListedItem[]): ItemSource {
  const files = listed.filter((one): one is ListedItem & { path: string } => one.path !== undefined);
  const item = (path: string): SourceItem => ({
    content: { kind: "image", path: join(folder, path), name: basename(path), context: [] },
    source: { file: `${shownFolder}/${path}`, row: null },
    proposal: null,
    named: [["path", `${shownFolder}/${path}`]],
  });
  return {
    keys: files.map((one) => one.item),
    notes: [],
    read: async (places) => places.map((place) => item(files[place]?.path ?? "")),
    locate: async (place) => ({ path: join(folder, files[place]?.path ?? ""), line: null }),
  };
}
