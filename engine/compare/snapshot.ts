import { readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { Slice } from "../api/evaluation.ts";
import { sliceText } from "../evaluation/answer.ts";
import { fileRow } from "../evaluation/prepared.ts";
import { itemRule } from "../evaluation/rows.ts";
import { selectRows, type Rows } from "../evaluation/selection.ts";
import { errorsOf } from "../evaluation/view.ts";
import { writeCacheFile } from "../store/cacheFile.ts";
import { readRowKeys } from "../tables/rowKeys.ts";
import { MOST_KEPT, MOST_ROWS } from "./snapshotFile.ts";

/**
 * What a comparison needs of an evaluation once its file is written over by the next run: for each row which item it is and what
 * its error was, and which rows carry a tag or lie in a slice.
 */
export interface Snapshot {
  readonly version: 1;
  /** 0/1 errors of classes, or losses. */
  readonly measure: "errors" | "loss";
  readonly lossName: string;
  /** Empty where the file has too many rows: then items cannot be matched. */
  readonly keys: BigUint64Array;
  /** Bytes where they are counted. */
  readonly errors: Float64Array | Uint8Array;
  readonly groups: readonly SnapshotGroup[];
}

export interface SnapshotGroup {
  readonly kind: "tag" | "slice";
  readonly name: string;
  /** Row numbers within `errors`, ascending. */
  readonly rows: Uint32Array;
}

/** Slices kept, the worst first, those left out that overlap one above by half or more. */
const MOST_SLICES = 12;

export async function snapshotOf(rows: Rows, slices: readonly Slice[], cancelled: () => boolean): Promise<Snapshot> {
  const { data, tags } = rows;
  const { errors, counted } = errorsOf(data, rows.predicted);
  const chosen = slices.filter(({ overlap }) => overlap < 0.5).slice(0, MOST_SLICES);
  const inGroup = (selection: Parameters<typeof selectRows>[1]): Uint32Array => selectRows(rows, selection) ?? Uint32Array.from({ length: data.n }, (_, row) => row);
  let keys = new BigUint64Array(0);
  if (data.n <= MOST_ROWS) {
    const inFile = await readRowKeys(data.path, itemRule(data).columns, data.asText, cancelled);
    keys = BigUint64Array.from({ length: inFile.length === 0 ? 0 : data.n }, (_, row) => inFile[fileRow(data, row)] ?? 0n);
  }
  return {
    version: 1,
    measure: counted ? "errors" : "loss",
    lossName: data.lossName,
    keys,
    errors: counted ? Uint8Array.from(errors) : Float64Array.from(errors),
    groups: [
      ...tags.map((tag): SnapshotGroup => ({ kind: "tag", name: tag.name, rows: inGroup([{ kind: "tag", tag: tag.name }]) })),
      ...chosen.map((slice): SnapshotGroup => ({ kind: "slice", name: sliceText(slice), rows: inGroup([{ kind: "slice", predicates: slice.predicates }]) })),
    ],
  };
}

/** Keeps a snapshot, and of all the newest only; one of too many rows is not kept. */
export async function writeSnapshot(file: string, snapshot: Snapshot, most = MOST_KEPT): Promise<void> {
  if (snapshot.errors.length > MOST_ROWS) return;
  await writeCacheFile(file, serialize(snapshot));
  await prune(dirname(file), most);
}

async function prune(folder: string, most: number): Promise<void> {
  // A cache may be emptied by anybody at any time.
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".bin"));
  if (names.length <= most) return;
  const aged = await Promise.all(names.map(async (name) => ({ path: join(folder, name), time: await stat(join(folder, name)).then(({ mtimeMs }) => mtimeMs, () => 0) })));
  for (const { path } of aged.toSorted((a, b) => b.time - a.time).slice(most)) await rm(path, { force: true });
}

/** Null where there is none, or one that this version cannot read. The folder may have come from anywhere, so its parts are checked. */
export async function readSnapshot(file: string): Promise<Snapshot | null> {
  try {
    // SAFETY: every field that is used is checked below.
    const found = deserialize(await readFile(file)) as Partial<Snapshot> | null;
    if (found?.version !== 1 || !(found.errors instanceof Float64Array || found.errors instanceof Uint8Array) || !(found.keys instanceof BigUint64Array) || !Array.isArray(found.groups)) return null;
    const n = found.errors.length;
    const whole = (found.keys.length === 0 || found.keys.length === n) && found.groups.every((group: Partial<SnapshotGroup>) => typeof group.name === "string" && group.rows instanceof Uint32Array && group.rows.every((row) => row < n));
    // SAFETY: as far as it is read, it is one.
    return whole ? (found as Snapshot) : null;
  } catch {
    return null;
  }
}
