import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { TouchstoneError } from "../api/tokens.ts";
import type { Quota } from "./quota.ts";
import { assertWithin } from "./tree.ts";

/** A part of an upload, as the client names it when it is done. */
export interface UploadPart {
  readonly number: number;
  readonly etag: string;
}

/** Of an upload in parts: what it will be, and whether it is that already. */
interface Plan {
  readonly root: string;
  readonly path: string;
  readonly parts: number;
  readonly done: boolean;
}

const MAX_PARTS = 10_000;

/**
 * Uploads in parts. They lie beside the unfinished uploads, `<id>.json` and `<id>.<number>.<etag>`, so that one goes on under the next
 * engine; what nobody finishes goes with the next collection. Errors: `UPLOAD_NOT_FOUND`, `INVALID_PARTS`.
 */
export class Uploads {
  readonly #root: string;
  readonly #incoming: string;
  readonly #quota: Quota;
  /** Takes the bytes of the parts off the quota again. */
  readonly #counted = new Map<string, (() => void)[]>();

  /** @param root of all artifacts. */
  constructor(root: string, quota: Quota) {
    this.#root = root;
    this.#incoming = join(root, "incoming");
    this.#quota = quota;
  }

  /** @param root whose artifact it will be (the index's name), @param path under which name. Gives the upload's id. */
  async create(root: string, path: string, parts: number): Promise<string> {
    if (!Number.isSafeInteger(parts) || parts < 1 || parts > MAX_PARTS) throw invalidParts(`An upload has 1 to ${MAX_PARTS} parts, not ${parts}.`);
    await assertWithin(this.#root, this.#incoming);
    await mkdir(this.#incoming, { recursive: true });
    const id = randomUUID();
    await this.#write(id, { root, path, parts, done: false });
    return id;
  }

  /** Stores one part; the same number again replaces it. Gives its etag. */
  async part(id: string, number: number, content: AsyncIterable<Uint8Array>): Promise<string> {
    const { path, parts } = await this.#plan(id);
    if (!Number.isSafeInteger(number) || number < 1 || number > parts) throw invalidParts(`This upload has parts 1 to ${parts}; there is no part ${number}.`);
    const { content: metered, undo } = await this.#quota.meter(path, content);
    const temporary = join(this.#incoming, randomUUID());
    const hash = createHash("sha256");
    try {
      await pipeline(metered, hashing(hash), createWriteStream(temporary, { flags: "wx" }));
      const etag = hash.digest("hex").slice(0, 32);
      for (const earlier of await this.#files(id, `${number}.`)) await rm(join(this.#incoming, earlier), { force: true });
      await rename(temporary, join(this.#incoming, `${id}.${number}.${etag}`));
      this.#counted.set(id, [...(this.#counted.get(id) ?? []), undo]);
      return etag;
    } catch (error) {
      undo();
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /**
   * Hands the parts as one content to `store`, and forgets them when that is done. Saying so again does nothing: the client
   * repeats a call whose answer it did not get.
   */
  async complete(id: string, root: string, path: string, parts: readonly UploadPart[], store: (content: AsyncIterable<Uint8Array>) => Promise<unknown>): Promise<void> {
    const plan = await this.#plan(id);
    if (plan.root !== root || plan.path !== path) throw invalidParts(`This upload is ${plan.path}, not ${path}.`);
    if (plan.done) return;
    const given = [...parts].sort((a, b) => a.number - b.number);
    if (given.length !== plan.parts || given.some(({ number }, i) => number !== i + 1)) throw invalidParts(`This upload has parts 1 to ${plan.parts}; completed were ${given.map(({ number }) => number).join(", ") || "none"}.`);
    const files = new Set(await this.#files(id));
    const wanted = given.map(({ number, etag }) => `${id}.${number}.${etag.replaceAll('"', "")}`);
    const missing = wanted.findIndex((name) => !files.has(name));
    if (missing !== -1) throw invalidParts(`Part ${missing + 1} has not come, or is another one than was named.`);
    this.#uncount(id);
    await store(joined(wanted.map((name) => join(this.#incoming, name))));
    await this.#write(id, { ...plan, done: true });
    await this.#removeParts(id);
  }

  /** Forgets an upload, whether there is one or not. */
  async abort(id: string): Promise<void> {
    const plan = await this.#plan(id).catch(() => null);
    if (plan === null) return;
    this.#uncount(id);
    await this.#removeParts(id);
    if (!plan.done) await rm(join(this.#incoming, `${id}.json`), { force: true });
  }

  async #plan(id: string): Promise<Plan> {
    const gone = new TouchstoneError({ code: "UPLOAD_NOT_FOUND", message: `There is no upload ${id}: it was aborted, or nobody finished it in time.` });
    if (!/^[0-9a-f-]{36}$/.test(id)) throw gone;
    await assertWithin(this.#root, this.#incoming);
    const text = await readFile(join(this.#incoming, `${id}.json`), "utf8").catch(() => null);
    if (text === null) throw gone;
    // SAFETY: `#write` wrote it.
    return JSON.parse(text) as Plan;
  }

  async #write(id: string, plan: Plan): Promise<void> {
    const temporary = join(this.#incoming, randomUUID());
    await writeFile(temporary, JSON.stringify(plan));
    await rename(temporary, join(this.#incoming, `${id}.json`));
  }

  async #files(id: string, more = ""): Promise<string[]> {
    return (await readdir(this.#incoming)).filter((name) => name.startsWith(`${id}.${more}`) && name !== `${id}.json`);
  }

  async #removeParts(id: string): Promise<void> {
    for (const name of await this.#files(id)) await rm(join(this.#incoming, basename(name)), { force: true });
  }

  #uncount(id: string): void {
    for (const undo of this.#counted.get(id) ?? []) undo();
    this.#counted.delete(id);
  }
}

function hashing(hash: { update(chunk: Uint8Array): unknown }): (source: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array> {
  return async function* (source) {
    for await (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  };
}

async function* joined(files: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const file of files) yield* createReadStream(file, { highWaterMark: 1024 * 1024 });
}

function invalidParts(message: string): TouchstoneError {
  return new TouchstoneError({ code: "INVALID_PARTS", message });
}
