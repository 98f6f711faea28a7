import { bundle } from "./bundle.ts";
import { csvReader, kerasReader, wandbCsvReader } from "./csv/files.ts";
import { lightningReader } from "./csv/lightning.ts";
import { dvcliveReader } from "./dvclive/reader.ts";
import { exptrack } from "./exptrack.ts";
import { mlflowDb } from "./mlflowDb.ts";
import { mlruns } from "./mlruns.ts";
import { neptune } from "./neptune.ts";
import type { Reader } from "./reader.ts";
import { tensorboardReader } from "./tensorboard/reader.ts";
import { trackio } from "./trackio.ts";
import { wandbReader } from "./wandb/reader.ts";

/** All formats, the particular ones before those that many files could be (plain CSV is the last). */
export const readers: readonly Reader[] = [bundle, mlruns, mlflowDb, trackio, exptrack, neptune, wandbReader, dvcliveReader, tensorboardReader, lightningReader, wandbCsvReader, kerasReader, csvReader];
