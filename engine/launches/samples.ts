import { execFile } from "node:child_process";
import { appendFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { ProcessFamily } from "./stop.ts";

/** One line of samples.jsonl: what the script and its children use. */
export interface Sample {
  /** UTC ms. */
  readonly t: number;
  /** Processor time per time, in percent of one core. */
  readonly cpu: number;
  /** Resident memory of the tree in bytes; shared pages count once per process. */
  readonly rss: number;
  /** Each GPU of the machine: utilisation in percent, memory in bytes. Absent where nvidia-smi is. */
  readonly gpu?: readonly GpuUse[];
}

export interface GpuUse {
  readonly util: number;
  readonly mem: number;
}

const run = promisify(execFile);
/** Often at first, so that a short run has a curve; rarely later. */
const intervalMs = (count: number): number => (count < 10 ? 1000 : 5000);

/** Writes samples of a launch until stopped; `others` look at its processes at the same pace. */
export class Sampler {
  readonly #family: ProcessFamily;
  readonly #file: string;
  readonly #others: (pids: readonly number[]) => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #count = 0;
  #before = new Map<number, number>();
  #at = performance.now();
  #gpu = true;

  constructor(family: ProcessFamily, file: string, others: (pids: readonly number[]) => Promise<void>) {
    this.#family = family;
    this.#file = file;
    this.#others = others;
    this.#schedule();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => void this.#take(), intervalMs(this.#count++));
  }

  async #take(): Promise<void> {
    const sample = await this.#measure().catch(() => null);
    if (this.#timer === undefined) return;
    // A full disk must not end the training: then a sample is missing.
    if (sample !== null) await appendFile(this.#file, `${JSON.stringify(sample)}\n`).catch(() => undefined);
    if (this.#timer !== undefined) this.#schedule();
  }

  async #measure(): Promise<Sample> {
    await this.#family.look();
    const tree = await this.#family.tree();
    await this.#others(tree.map(({ pid }) => pid)).catch(() => undefined);
    const now = performance.now();
    // A process that is new since the last sample brings all it has used.
    const used = tree.reduce((sum, info) => sum + Math.max(0, info.cpu - (this.#before.get(info.pid) ?? 0)), 0);
    const cpu = (100 * used * 1000) / Math.max(1, now - this.#at);
    this.#before = new Map(tree.map((info) => [info.pid, info.cpu]));
    this.#at = now;
    const gpu = this.#gpu ? await gpus() : null;
    this.#gpu = gpu !== null;
    return { t: Date.now(), cpu: Math.round(cpu * 10) / 10, rss: tree.reduce((sum, info) => sum + info.rss, 0), ...(gpu === null ? {} : { gpu }) };
  }
}

/** Null where there is no nvidia-smi or no GPU. */
async function gpus(): Promise<readonly GpuUse[] | null> {
  try {
    const { stdout } = await run("nvidia-smi", ["--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits"], { timeout: 3000 });
    const lines = stdout.trim().split("\n");
    return lines.map((line) => {
      const [util, mebibytes] = line.split(",").map((part) => Number(part.trim()));
      return { util: util ?? 0, mem: (mebibytes ?? 0) * 1024 * 1024 };
    });
  } catch {
    return null;
  }
}
