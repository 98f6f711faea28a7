import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { csvReader, kerasReader, wandbCsvReader } from "./csv/files.ts";
import { lightningReader } from "./csv/lightning.ts";
import { dvcliveReader } from "./dvclive/reader.ts";
import type { Reader } from "./reader.ts";
import type { SourceRecord } from "./records.ts";
import { fixtures, of, ownFolder, placesOf, recordsOf } from "./records.fixture.ts";
import { tensorboardReader } from "./tensorboard/reader.ts";
import { isKey, isStep, isTime } from "./valid.ts";
import { wandbReader } from "./wandb/reader.ts";

const TIMES = process.env["TOUCHSTONE_LONG"] === "1" ? 2_000 : 60;

/** Reader, recorded source, the file in it that is damaged. */
const sources: readonly (readonly [Reader, string, string])[] = [
  [tensorboardReader, "tensorboard/runs", "torchlike/events.out.tfevents.1700000000.host"],
  [tensorboardReader, "tensorboard/runs", "tf2/train/events.out.tfevents.1700000000.host"],
  [wandbReader, "wandb", "wandb/offline-run-20261121_170000-bad12345/run-bad12345.wandb"],
  [lightningReader, "csv", "lightning_logs/version_0/metrics.csv"],
  [kerasReader, "csv", "keras.csv"],
  [csvReader, "csv", "lightning_logs/before.csv"],
  [wandbCsvReader, "csv", "wandb-chart.csv"],
  [dvcliveReader, "dvclive", "plots/metrics/train/loss.tsv"],
  [dvcliveReader, "dvclive", "metrics.json"],
  [dvcliveReader, "dvclive", "params.yaml"],
];

/** mulberry32: the same damage in every run of the test. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Why a record could not be stored; null where it could. */
function wrong(record: SourceRecord, root: string): string | null {
  switch (record.k) {
    case "metric":
      return isKey(record.key) && isStep(record.step) && isTime(record.time) && record.run !== "" ? null : "metric";
    case "param":
    case "tag":
      return isKey(record.key) && record.run !== "" ? null : record.k;
    case "run":
      return [record.start ?? 0, record.end ?? 0].every(isTime) && record.run !== "" ? null : "run";
    case "artifact":
      return record.name !== "" && !record.name.split("/").includes("..") && !record.name.startsWith("/") && (record.file?.startsWith(root) ?? true) ? null : "artifact";
    case "problem":
      return record.reason.length > 0 && record.reason.length < 1_000 && record.file !== "" ? null : "problem";
    default:
      return null;
  }
}

for (const [reader, source, file] of sources) {
  test(`${reader.title}, ${file}: damaged anywhere, what stands before is read, what is said is valid, and nothing throws`, async () => {
    const whole = readFileSync(join(fixtures, source, file));
    const folder = join(ownFolder(), "source");
    cpSync(join(fixtures, source), folder, { recursive: true });
    const path = join(folder, file);
    const target = reader === kerasReader || reader === csvReader || reader === wandbCsvReader ? path : folder;
    const next = random(whole.length);
    for (let time = 0; time < TIMES; time++) {
      const at = Math.floor(next() * whole.length);
      const kind = Math.floor(next() * 4);
      const bytes = Buffer.from(whole);
      if (kind === 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(next() * 8));
      else if (kind === 1) bytes.fill(Math.floor(next() * 256), at, Math.min(bytes.length, at + Math.floor(next() * 64)));
      else if (kind === 2) bytes.writeUInt32LE(Math.floor(next() * 2 ** 32), Math.min(at, bytes.length - 4));
      writeFileSync(path, kind === 3 ? bytes.subarray(0, at) : bytes);
      const damaged = await recordsOf(reader, target);
      const told = damaged.flatMap((record) => wrong(record, folder) ?? []);
      assert.deepEqual(told, [], `seed ${whole.length}, ${time}, at ${at}, kind ${kind}`);
      // What stands before the damage, read alone.
      writeFileSync(path, whole.subarray(0, at));
      const before = await recordsOf(reader, target);
      const metrics = (records: readonly SourceRecord[]): string[] => of(records, "metric").map(({ run, key, step, value }) => `${run} ${key} ${step} ${value}`);
      const kept = new Set(metrics(damaged));
      // JSON is whole or nothing.
      if (!file.endsWith(".json")) assert.deepEqual(metrics(before).filter((metric) => !kept.has(metric)), [], `before byte ${at} of ${file}, kind ${kind}`);
      writeFileSync(path, kind === 3 ? whole : bytes);
      assert.deepEqual((await recordsOf(reader, target, placesOf(before))).flatMap((record) => wrong(record, folder) ?? []), []);
    }
  });
}
