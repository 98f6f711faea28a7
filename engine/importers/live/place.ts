import { basename, dirname, relative, sep } from "node:path";
import type { FollowedBy } from "./resolve.ts";

/** Parts of a training that write the same names each into a folder of its own, as Keras' callback does. */
const PARTS = new Set(["train", "training", "validation", "val", "valid", "eval", "evaluation", "test"]);
/** A time: what `add_hparams` names the folder of a trial after. */
const TRIAL = /^\d+(\.\d+)?$/;

/** A followed log of a launch, as far as others depend on it. */
export interface Placed {
  readonly by: FollowedBy;
  /** Number of the process in a distributed job. */
  readonly rank: number;
  /** Some of its values are stored. */
  readonly hasValues: boolean;
}

/** Where the values of a log belong. */
export interface Place {
  /** What is a run of its own: a run's id, or a folder. Null: it belongs to the run that it lies in. */
  readonly unit: string | null;
  /** What a metric of it is called, where no other log has that name. */
  readonly name: (key: string) => string;
}

/**
 * Where the values of a log belong, by where it lies. Null: what is there so far does not tell.
 *
 * - W&B and Trackio: each run that the script begins is one; one that it goes on with is the same.
 * - TensorBoard: as TensorBoard shows them, each folder with event files is one. Folders of one training are one together: `train`,
 *   `validation` and their like; those that `add_scalars` makes for the curves of a chart; and the trial that `add_hparams` makes below
 *   a writer with values. Where a writer has several trials, each further one is a run.
 * - The ranks of a distributed job are one run, and tables lie where they lie: in such a folder, or in the launch's.
 *
 * @param key the first metric's name; null where something else came first
 * @param logs all of the launch, in the order in which they were opened
 * @param final nothing more will come
 */
export function placeOf({ by, rank }: Placed, key: string | null, logs: readonly Placed[], final: boolean): Place | null {
  if (rank > 0) return { unit: null, name: (name) => (name.startsWith("system/") ? `system/rank_${rank}/${name.slice(7)}` : `rank_${rank}/${name}`) };
  const { format } = by.reader;
  if (format === "wandb" || format === "trackio") return { unit: by.group, name: itself };
  return format === "tensorboard" ? ofFolder(by.group, key, logs, final) : { unit: null, name: itself };
}

const itself = (name: string): string => name;

function ofFolder(folder: string, key: string | null, logs: readonly Placed[], final: boolean): Place | null {
  const folders = [...new Set(logs.filter(({ by }) => by.reader.format === "tensorboard").map(({ by }) => by.group))];
  const above = folders.filter((other) => folder.startsWith(other + sep)).sort((a, b) => b.length - a.length)[0];
  const last = basename(folder);
  if (above !== undefined) {
    const inner = relative(above, folder).split(sep).join("/");
    // Of the curve's folder the name says both.
    if (key !== null && isOfChart(inner, key)) return { unit: unitOf(above), name: (name) => (isOfChart(inner, name) ? inner : `${inner}/${name}`) };
    if (TRIAL.test(last)) {
      const trials = folders.filter((other) => dirname(other) === above && TRIAL.test(basename(other)));
      const joins = logs.some(({ by, hasValues }) => by.group === above && hasValues) || (final && trials.length === 1);
      if (trials[0] === folder && joins) return { unit: unitOf(above), name: itself };
      return trials.length > 1 ? { unit: folder, name: itself } : null;
    }
  }
  return isPart(last) ? { unit: dirname(folder), name: (name) => `${last}/${name}` } : { unit: folder, name: itself };
}

const isPart = (name: string): boolean => PARTS.has(name.toLowerCase());
const unitOf = (folder: string): string => (isPart(basename(folder)) ? dirname(folder) : folder);

/** `add_scalars` makes a folder for each curve, named by chart and curve: `both_train` (torch), `both/train` (tensorboardX). */
function isOfChart(folder: string, key: string): boolean {
  return folder.startsWith(`${key}/`) || folder.startsWith(`${key.replaceAll("/", "_")}_`);
}
