import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Artifacts } from "../artifacts/artifacts.ts";
import { launchFiles } from "../launches/files.ts";
import type { Store } from "../store/store.ts";

/** Keeps a launch's log, or a content of its code, where a launch that ran here has it. Readers see all of it or nothing. */
export async function keepLaunchFile({ store, artifacts }: { readonly store: Store; readonly artifacts: Artifacts }, launchId: string, name: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  const files = launchFiles(store.folder, launchId);
  if (name === "code") await artifacts.blobs.put(content);
  if (name !== "log" && name !== "log.tail") return;
  const target = name === "log" ? files.log : files.logTail;
  const temporary = `${target}.${process.pid}`;
  await mkdir(files.folder, { recursive: true });
  try {
    await pipeline(Readable.from(content instanceof Uint8Array ? [content] : content), createWriteStream(temporary, { flags: "wx" }));
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
