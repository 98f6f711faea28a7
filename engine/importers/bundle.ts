import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Unzip, type UnzipFile, UnzipInflate, UnzipPassThrough } from "fflate";
import { BUNDLE, BUNDLE_ENDING } from "../exporters/bundle.ts";
import { readPart, reasonOf, statOf } from "./files.ts";
import type { ArtifactSource, SourceRecord } from "./records.ts";
import type { Reader } from "./reader.ts";

/** No line of a bundle is longer: 50,000 points and their names. */
const LONGEST_LINE = 64 << 20;
/** A content above this is not taken in: it stands in memory until it is stored. */
const LARGEST_BLOB = 1 << 30;
/** What a thousandfold compressed file would blow up to is not read. */
const MOST_RECORDS = 16 * 2 ** 30;
const POINT_KINDS = new Set(["experiment", "run", "param", "tag", "dataset", "modelLink"]);

interface Wanted {
  readonly run: string;
  readonly name: string;
}

/** A bundle of runs with their artifacts, as `exporters/bundle.ts` writes it. */
export const bundle: Reader = {
  format: "bundle",
  title: "Touchstone bundle",
  async detect(path) {
    if (!path.endsWith(BUNDLE_ENDING) || !(statOf(path)?.isFile() ?? false)) return null;
    return readPart(path, 0, 4).toString("latin1") === "PK\u0003\u0004" ? { path } : null;
  },
  async *read(path, from, { signal }) {
    const found = statOf(path);
    if (!found) return;
    const state = `${found.size} ${found.mtimeMs}`;
    if (from.get("")?.state === state) return;
    const ready: SourceRecord[] = [];
    const entries = new Entries(ready);
    const unzip = new Unzip((file) => entries.open(file));
    unzip.register(UnzipInflate);
    unzip.register(UnzipPassThrough);
    try {
      for await (const chunk of createReadStream(path)) {
        if (signal.aborted) return;
        unzip.push(chunk);
        yield* ready.splice(0);
      }
      unzip.push(new Uint8Array(), true);
    } catch (error) {
      ready.push({ k: "problem", file: path, reason: `It breaks off or is damaged: ${reasonOf(error)}` });
    }
    entries.end();
    yield* ready.splice(0);
    if (entries.whole) yield { k: "offset", file: "", inode: found.ino, offset: found.size, state };
    else yield { k: "problem", file: path, reason: "Its manifest is missing: the file is not complete. What stands before the end was taken in." };
  },
};

/** Turns the entries of the zip into records as they come. */
class Entries {
  readonly #out: SourceRecord[];
  readonly #wanted = new Map<string, Wanted[]>();
  #line = 0;
  #rest = "";
  #records = 0;
  whole = false;

  constructor(out: SourceRecord[]) {
    this.#out = out;
  }

  open(file: UnzipFile): void {
    if (file.name === BUNDLE.records) {
      const text = new TextDecoder();
      file.ondata = (error, data, final) => {
        if (error) throw error;
        this.#records += data.length;
        if (this.#records > MOST_RECORDS) throw new Error("Its records are too large.");
        this.#lines(text.decode(data, { stream: !final }), final);
      };
      file.start();
    } else if (file.name.startsWith(BUNDLE.blobs)) {
      this.#blob(file, file.name.slice(BUNDLE.blobs.length));
    } else if (file.name === BUNDLE.manifest) {
      this.whole = true;
    }
  }

  /** Contents that no entry brought. */
  end(): void {
    for (const files of this.#wanted.values()) for (const { name } of files) this.#problem(name, "Its content is not in the bundle.");
  }

  #blob(file: UnzipFile, digest: string): void {
    const files = this.#wanted.get(digest);
    // Nobody asked for it, so it is not even unpacked.
    if (files === undefined) return;
    this.#wanted.delete(digest);
    const pieces: Uint8Array[] = [];
    let size = 0;
    file.ondata = (error, data, final) => {
      if (error) throw error;
      size += data.length;
      if (size <= LARGEST_BLOB) pieces.push(data.slice());
      if (!final) return;
      const bytes = Buffer.concat(pieces);
      if (size > LARGEST_BLOB) for (const { name } of files) this.#problem(name, `It is larger than ${LARGEST_BLOB / 2 ** 30} GiB.`);
      else if (createHash("sha256").update(bytes).digest("hex") !== digest) for (const { name } of files) this.#problem(name, "Its content is damaged (another SHA-256 than its name).");
      else for (const { run, name } of files) this.#out.push({ k: "artifact", run, name, bytes } satisfies ArtifactSource);
    };
    file.start();
  }

  #lines(text: string, final: boolean): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = final ? "" : (lines.pop() ?? "");
    if (this.#rest.length > LONGEST_LINE) throw new Error(`Line ${this.#line + 1} of its records is too long.`);
    for (const line of lines) {
      this.#line++;
      if (line !== "") this.#record(line);
    }
  }

  #record(line: string): void {
    let value: Readonly<Record<string, unknown>>;
    try {
      value = JSON.parse(line);
    } catch {
      return this.#problem(BUNDLE.records, "This line is not JSON.");
    }
    const { k, run } = value;
    if (typeof k === "string" && POINT_KINDS.has(k) && (k === "experiment" ? typeof value["experiment"] === "string" : typeof run === "string")) {
      // SAFETY: the writer made it of the same type; what a stranger's file has otherwise is refused by the store, in words.
      this.#out.push(value as unknown as SourceRecord);
    } else if (k === "points" && typeof run === "string") this.#points(run, value);
    else if (k === "file" && typeof run === "string" && typeof value["name"] === "string" && typeof value["blob"] === "string") {
      const files = this.#wanted.get(value["blob"]) ?? [];
      this.#wanted.set(value["blob"], [...files, { run, name: value["name"] }]);
    } else this.#problem(BUNDLE.records, "This line is no record that this version knows.");
  }

  #points(run: string, { key, origin, step, time, value }: Readonly<Record<string, unknown>>): void {
    if (typeof key !== "string" || !Array.isArray(step) || !Array.isArray(time) || !Array.isArray(value) || step.length !== value.length || time.length !== value.length) return this.#problem(BUNDLE.records, "These points are no columns of one length.");
    for (const [index, one] of value.entries()) this.#out.push({ k: "metric", run, key, value: Number(one), step: Number(step[index]), time: Number(time[index]), ...(origin === "system" ? { origin } : {}) });
  }

  #problem(file: string, reason: string): void {
    this.#out.push({ k: "problem", file, reason, ...(file === BUNDLE.records ? { line: this.#line } : {}) });
  }
}
