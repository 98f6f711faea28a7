import { COMMIT_TAG, type RunTable } from "../columns/runTable.ts";
import { isSeed } from "../seeds.ts";
import { atOnce, type Steps } from "../turns.ts";

/**
 * Which runs are of one configuration: same experiment, script, commit, number of changed lines and params, seeds left out. The
 * runs of a configuration have one number, below `count`; runs that begin later get higher ones.
 */
export interface Configurations {
  readonly count: number;
  readonly of: Int32Array;
}

const known = new WeakMap<RunTable, { readonly version: number; readonly rows: number; readonly found: Configurations }>();

/** Found once for each change of params, code or the runs there are: metrics, which change all the time, play no part. */
export function configurations(table: RunTable): Configurations {
  return atOnce(configurationSteps(table));
}

/** The same, with a step for each param. */
export function* configurationSteps(table: RunTable): Steps<Configurations> {
  const before = known.get(table);
  const version = table.configurationVersion;
  if (before?.version === version && before.rows === table.count) return before.found;
  const rows = table.count;
  const found = yield* findConfigurations(table, rows);
  known.set(table, { version, rows, found });
  return found;
}

function* findConfigurations(table: RunTable, n: number): Steps<Configurations> {
  const hashes = new Hashes(n);
  const texts = new Map<string, number>();
  for (let row = 0; row < n; row++) {
    const launch = table.launch(row);
    const code = launch === undefined ? "" : `${launch.script ?? ""}\n${launch.commit ?? ""}\n${launch.added ?? ""}\n${launch.removed ?? ""}`;
    let id = texts.get(code);
    if (id === undefined) texts.set(code, (id = texts.size));
    hashes.add(row, id);
    hashes.add(row, table.run(row).experimentId);
  }
  for (const [key, values] of table.params) {
    if (isSeed(key)) continue;
    yield;
    for (let row = 0; row < n; row++) hashes.add(row, values.code(row));
  }
  const commit = table.tags.get(COMMIT_TAG);
  if (commit !== undefined) for (let row = 0; row < n; row++) hashes.add(row, commit.code(row));
  return hashes.numbered();
}

/**
 * Two 32-bit hashes a row, of all that was added to it in order: with 100,000 rows the chance that any two different
 * configurations meet is below one in a thousand million.
 */
class Hashes {
  readonly #n: number;
  readonly #a: Uint32Array;
  readonly #b: Uint32Array;

  constructor(n: number) {
    this.#n = n;
    this.#a = new Uint32Array(n).fill(0x9e37_79b9);
    this.#b = new Uint32Array(n).fill(0x85eb_ca6b);
  }

  add(row: number, value: number): void {
    // MurmurHash3's steps, with constants of its two halves.
    const a = Math.imul((this.#a[row] ?? 0) ^ Math.imul(value + 1, 0xcc9e_2d51), 0x85eb_ca6b);
    this.#a[row] = a ^ (a >>> 13);
    const b = Math.imul(((this.#b[row] ?? 0) + Math.imul(value + 1, 0x1b87_3593)) | 0, 0xc2b2_ae35);
    this.#b[row] = b ^ (b >>> 16);
  }

  /** Rows with equal hashes by one number each, in order of their first row. An open-addressed table of at least twice the rows. */
  numbered(): Configurations {
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, this.#n * 2)));
    const first = new Int32Array(size).fill(-1);
    const of = new Int32Array(this.#n);
    let count = 0;
    for (let row = 0; row < this.#n; row++) {
      let at = (this.#a[row] ?? 0) & (size - 1);
      for (;;) {
        const other = first[at] ?? -1;
        if (other === -1) {
          first[at] = row;
          of[row] = count++;
          break;
        }
        if (this.#a[other] === this.#a[row] && this.#b[other] === this.#b[row]) {
          of[row] = of[other] ?? 0;
          break;
        }
        at = (at + 1) & (size - 1);
      }
    }
    return { count, of };
  }
}
