import { join, isAbsolute } from "node:path";
import { stat } from "node:fs/promises";
import type { FileUse } from "../api/runs.ts";
import type { LaunchCaptured } from "../store/operations.ts";
import type { Digests } from "./digest.ts";
import { storedPath, type UsedFile } from "./ingest.ts";
import { readModel } from "./models/model.ts";

type FileRow = NonNullable<LaunchCaptured["files"]>[number];

/** Rows that wait for a write together, so that a launch with thousands of inputs is not as many commits. */
const MOST_IN_A_WRITE = 64;

/**
 * The files of one launch: named as soon as the script opens them, measured beside it. Inputs are measured while the script runs,
 * outputs after it has ended, when their content is final.
 */
export class UsedFiles {
  readonly #folder: string;
  readonly #digests: Digests;
  readonly #save: (captured: Omit<LaunchCaptured, "launchId">) => Promise<unknown>;
  readonly #inputs = new Set<string>();
  readonly #outputs = new Map<string, FileRow>();
  readonly #waiting: FileRow[] = [];
  #measuring: Promise<void> = Promise.resolve();

  constructor(folder: string, digests: Digests, save: (captured: Omit<LaunchCaptured, "launchId">) => Promise<unknown>) {
    this.#folder = folder;
    this.#digests = digests;
    this.#save = save;
  }

  /** Rows for files that are new; several processes of a launch may name the same one. */
  async rows(used: readonly UsedFile[]): Promise<FileRow[]> {
    const rows: FileRow[] = [];
    for (const { direction, path, time, file, line } of used) {
      const stored = storedPath(this.#folder, path);
      if (direction === "input" ? this.#inputs.has(stored) : this.#outputs.has(stored)) continue;
      const bytes = await stat(path).then((found) => (found.isFile() ? found.size : null), () => null);
      const row: FileRow = { direction, path: stored, bytes, digest: null, site: file === null || line === null ? null : { file, line }, model: null, time };
      rows.push(row);
      if (direction === "output") {
        this.#outputs.set(stored, row);
        continue;
      }
      this.#inputs.add(stored);
      this.#waiting.push(row);
    }
    if (this.#waiting.length > 0) this.#measuring = this.#measuring.then(() => this.#measureInputs());
    return rows;
  }

  /** After the script's end: everything is measured, model files are read, outputs that are gone are dropped. */
  async finish(stored: { readonly inputs: readonly FileUse[]; readonly outputs: readonly FileUse[] }, time: number): Promise<void> {
    await this.#measuring;
    // What an earlier engine named and did not measure.
    for (const input of stored.inputs) if (input.digest === null && !this.#inputs.has(input.path)) this.#waiting.push({ ...input, direction: "input", time });
    await this.#measureInputs();
    const rows: FileRow[] = [];
    const gone: string[] = [];
    for (const output of stored.outputs) {
      const path = this.#absolute(output.path);
      const measured = await this.#digests.measure(path);
      if (measured === null && (await stat(path).catch(() => null)) === null) gone.push(output.path);
      else rows.push({ ...output, ...measured, model: await readModel(path), direction: "output", time: this.#outputs.get(output.path)?.time ?? time });
    }
    if (rows.length > 0 || gone.length > 0) await this.#save({ files: rows, gone });
  }

  async #measureInputs(): Promise<void> {
    while (this.#waiting.length > 0) {
      const rows: FileRow[] = [];
      for (const row of this.#waiting.splice(0, MOST_IN_A_WRITE)) {
        const path = this.#absolute(row.path);
        const measured = await this.#digests.measure(path);
        if (measured !== null) rows.push({ ...row, ...measured, model: await readModel(path) });
      }
      if (rows.length > 0) await this.#save({ files: rows });
    }
  }

  #absolute(stored: string): string {
    return isAbsolute(stored) ? stored : join(this.#folder, stored);
  }
}
