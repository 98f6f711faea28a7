import { mlruns } from "./mlruns.ts";
import type { Reader } from "./reader.ts";
import { tensorboardReader } from "./tensorboard/reader.ts";

/** All formats, the particular ones before those that many files could be (plain CSV is the last). */
export const readers: readonly Reader[] = [mlruns, tensorboardReader];
