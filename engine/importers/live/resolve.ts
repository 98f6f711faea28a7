import { basename, dirname, join } from "node:path";
import { kerasReader, csvReader } from "../csv/files.ts";
import { lightningReader } from "../csv/lightning.ts";
import { headerOf } from "../csv/metricsFile.ts";
import { counts } from "../csv/columns.ts";
import { dvcliveReader } from "../dvclive/reader.ts";
import type { Reader } from "../reader.ts";
import { trackio } from "../trackio.ts";
import { tensorboardReader } from "../tensorboard/reader.ts";
import { wandbReader } from "../wandb/reader.ts";

/** How a file that a script writes is followed. */
export interface FollowedBy {
  readonly reader: Reader;
  /** What the reader is given: the file, or the folder that it belongs to. */
  readonly path: string;
  /** Files whose change shows that there is more to read. */
  readonly watch: readonly string[];
  /** Key of the one run of the source that is meant; null for all. */
  readonly run: string | null;
  /** Logs of one group are one: a name of a metric means the same in all of them. */
  readonly group: string;
}

const RUN_OF_DATABASE = /^(.*\.db)#([^#]+)$/;
const CURVE = /^(.*)[\\/]plots[\\/]metrics[\\/].*\.tsv$/;
/** Words that stand in a table of training and hardly in a table of data. */
const MEASURED = /(^|[^a-z])(loss|acc|accuracy|auc|f1|map|mae|mse|rmse|r2|lr|learning_rate|reward|return|perplexity|ppl|bleu|rouge|iou|dice|precision|recall|score|error|grad_norm)([^a-z]|$)/i;

/** Null: it is none. `wait`: its first line is not there yet. */
export async function followedBy(path: string): Promise<FollowedBy | "wait" | null> {
  if (basename(path).includes("tfevents")) return { ...whole(tensorboardReader, path), group: dirname(path) };
  // A run that is gone on with has a file for each time, all named by its id.
  if (path.endsWith(".wandb")) return { ...whole(wandbReader, path), group: basename(path) };
  const [, database, run] = RUN_OF_DATABASE.exec(path) ?? [];
  if (database !== undefined && run !== undefined) return { reader: trackio, path: database, watch: [database, `${database}-wal`], run, group: path };
  const root = CURVE.exec(path)?.[1];
  if (root !== undefined) return { ...whole(dvcliveReader, root), watch: [join(root, "metrics.json")] };
  if (!/\.(csv|tsv)$/.test(path)) return null;
  const header = await headerOf(path);
  if (header === null) return "wait";
  for (const reader of [lightningReader, kerasReader]) if ((await reader.detect(path)) !== null) return whole(reader, path);
  return counts(header) && header.some((name) => MEASURED.test(name)) ? whole(csvReader, path) : null;
}

function whole(reader: Reader, path: string): FollowedBy {
  return { reader, path, watch: [path], run: null, group: path };
}
