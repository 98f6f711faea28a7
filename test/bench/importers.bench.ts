import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { maskedCrc32c } from "../../engine/importers/bytes/crc32c.ts";
import { csvReader, kerasReader, wandbCsvReader } from "../../engine/importers/csv/files.ts";
import { lightningReader } from "../../engine/importers/csv/lightning.ts";
import { dvcliveReader } from "../../engine/importers/dvclive/reader.ts";
import type { Reader } from "../../engine/importers/reader.ts";
import { tensorboardReader } from "../../engine/importers/tensorboard/reader.ts";
import { LOG_HEADER } from "../../engine/importers/wandb/log.ts";
import { wandbReader } from "../../engine/importers/wandb/reader.ts";
import { root } from "../run/entry.mjs";
import { type Benchmark, type Figure, median } from "./benchmark.ts";

const POINTS = 1_000_000;
const REPEATS = 3;

/** Points a second that each reader of foreign logs says, and TensorBoard's own reader on the same file where Python has one. */
const benchmark: Benchmark = {
  title: `what other trackers wrote: ${POINTS.toLocaleString("en")} points read from one file of each format, without storing them; and an mlruns folder taken into an empty store`,
  async run({ python, say }) {
    const folder = mkdtempSync(join(tmpdir(), "touchstone-bench-"));
    try {
      const figures: Figure[] = [];
      for (const { name, reader, path } of sources(folder)) {
        const times: number[] = [];
        for (let repeat = 0; repeat < REPEATS; repeat++) times.push(await read(reader, path));
        figures.push({ what: name, value: Math.round(POINTS / (median(times) / 1000)), unit: "points/s" });
      }
      const reference = tensorboardItself(python, join(folder, "tensorboard"));
      if (reference === null) say("this Python has no tensorboard: its own reader is left out");
      else figures.push({ what: "TensorBoard's EventAccumulator, same file", value: Math.round(reference), unit: "points/s" });
      figures.push({ what: `mlruns of ${RUNS} runs, \`touchstone import\`, stored, with the engine's start`, value: Math.round(importedMlruns(folder)), unit: "points/s" });
      return figures;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
export default benchmark;

const RUNS = 500;

/** Takes a million points of 10,000 metric files in, as a person would; points a second. */
function importedMlruns(folder: string): number {
  const metrics = 20;
  const points = POINTS / RUNS / metrics;
  const write = (path: string, text: string): void => {
    mkdirSync(join(folder, "mlruns", path, ".."), { recursive: true });
    writeFileSync(join(folder, "mlruns", path), text);
  };
  write("7/meta.yaml", "artifact_location: file:///gone/7\nexperiment_id: '7'\nlifecycle_stage: active\nname: sweep\n");
  for (let run = 0; run < RUNS; run++) {
    const id = run.toString(16).padStart(32, "0");
    write(`7/${id}/meta.yaml`, `artifact_uri: file:///gone/7/${id}/artifacts\nend_time: 1700000100000\nexperiment_id: '7'\nlifecycle_stage: active\nrun_id: ${id}\nrun_name: run ${run}\nstart_time: 1700000000000\nstatus: 3\nuser_id: ada\n`);
    write(`7/${id}/params/lr`, String(run / 1000));
    for (let metric = 0; metric < metrics; metric++) write(`7/${id}/metrics/m${metric}`, Array.from({ length: points }, (_, step) => `${1_700_000_000_000 + step} ${Math.sin(run + metric + step)} ${step}\n`).join(""));
  }
  const own = join(folder, "own");
  mkdirSync(own);
  const begin = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "dist/cli.cjs"), "import", join(folder, "mlruns"), "--json"], { cwd: own, encoding: "utf8" });
  const seconds = (performance.now() - begin) / 1000;
  if (status !== 0) throw new Error(`touchstone import: ${stderr}`);
  const result: { readonly sources: readonly { readonly added: { readonly runs: number; readonly points: number } }[] } = JSON.parse(stdout);
  const added = result.sources[0]?.added;
  if (added?.runs !== RUNS || added.points !== POINTS) throw new Error(`touchstone import: ${stdout}`);
  return POINTS / seconds;
}

async function read(reader: Reader, path: string): Promise<number> {
  const begin = performance.now();
  let points = 0;
  for await (const record of reader.read(path, new Map(), { signal: new AbortController().signal })) if (record.k === "metric") points++;
  if (points !== POINTS) throw new Error(`${reader.title}: ${points} of ${POINTS} points were read.`);
  return performance.now() - begin;
}

function sources(folder: string): { readonly name: string; readonly reader: Reader; readonly path: string }[] {
  const file = (name: string, content: string | Buffer): string => {
    const path = join(folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  const values = Array.from({ length: POINTS }, (_, index) => Math.sin(index) / (index + 1));
  const wide = (columns: readonly string[]): string => {
    const rows = [`${["step", ...columns].join(",")}`];
    for (let row = 0; row * columns.length < POINTS; row++) rows.push([row, ...columns.map((_, column) => values[row * columns.length + column])].join(","));
    return `${rows.join("\n")}\n`;
  };
  const ten = Array.from({ length: 10 }, (_, index) => (index === 0 ? "loss" : `m${index}`));
  file("lightning/version_0/metrics.csv", wide(ten));
  file("dvclive/plots/metrics/loss.tsv", `step\tloss\n${values.map((value, step) => `${step}\t${value}`).join("\n")}\n`);
  return [
    { name: "TensorBoard event file", reader: tensorboardReader, path: file("tensorboard/events.out.tfevents.1", eventFile(values)) },
    { name: "W&B .wandb", reader: wandbReader, path: file("run-b.wandb", wandbFile(values)) },
    { name: "W&B CSV", reader: wandbCsvReader, path: file("chart.csv", wide(ten).replace("step", "_step")) },
    { name: "Lightning CSV", reader: lightningReader, path: join(folder, "lightning") },
    { name: "Keras CSV", reader: kerasReader, path: file("keras.csv", wide(ten).replace("step", "epoch")) },
    { name: "plain CSV", reader: csvReader, path: file("plain.csv", wide(ten)) },
    { name: "DVCLive TSV", reader: dvcliveReader, path: join(folder, "dvclive") },
  ];
}

/** A scalar an event, as torch and tensorboardX write. */
function eventFile(values: readonly number[]): Buffer {
  const parts: Buffer[] = [];
  for (const [step, value] of values.entries()) {
    const summary = Buffer.concat([Buffer.from([0x0a, 4]), Buffer.from("loss"), Buffer.from([0x15]), four(value)]);
    const data = Buffer.concat([Buffer.from([0x09]), eight(1_700_000_000 + step / 100), Buffer.from([0x10]), varint(step), Buffer.from([0x2a, summary.length + 2, 0x0a, summary.length]), summary]);
    const head = Buffer.alloc(12);
    head.writeUInt32LE(data.length, 0);
    head.writeUInt32LE(maskedCrc32c(head, 0, 8), 8);
    const tail = Buffer.alloc(4);
    tail.writeUInt32LE(maskedCrc32c(data), 0);
    parts.push(head, data, tail);
  }
  return Buffer.concat(parts);
}

/** Ten values a line of the history. */
function wandbFile(values: readonly number[]): Buffer {
  const parts: Buffer[] = [LOG_HEADER];
  let at = LOG_HEADER.length;
  const item = (key: string, json: string): Buffer => {
    const body = Buffer.concat([Buffer.from([0x12, key.length]), Buffer.from(key), Buffer.from([0x82, 0x01, json.length]), Buffer.from(json)]);
    return Buffer.concat([Buffer.from([0x0a]), varint(body.length), body]);
  };
  for (let row = 0; row * 10 < values.length; row++) {
    const items = [item("_step", String(row)), item("_timestamp", String(1_700_000_000 + row)), ...values.slice(row * 10, row * 10 + 10).map((value, column) => item(`m${column}`, String(value)))];
    const history = Buffer.concat(items);
    const data = Buffer.concat([Buffer.from([0x12]), varint(history.length), history]);
    const left = 32_768 - (at % 32_768);
    // A record that does not fit begins the next block: the rest of this one is its first part.
    const pieces = data.length + 7 <= left ? [data] : left >= 7 ? [data.subarray(0, left - 7), data.subarray(left - 7)] : [data];
    if (left < 7) parts.push(Buffer.alloc(left));
    if (left < 7) at += left;
    for (const [index, piece] of pieces.entries()) {
      const head = Buffer.alloc(7);
      const type = pieces.length === 1 ? 1 : index === 0 ? 2 : 4;
      head.writeUInt8(type, 6);
      head.writeUInt16LE(piece.length, 4);
      head.writeUInt32LE(crc32(piece, crc32(Buffer.from([type]))), 0);
      parts.push(head, piece);
      at += 7 + piece.length;
    }
  }
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function four(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function eight(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

/** Points a second; null without the package. */
function tensorboardItself(python: string, folder: string): number | null {
  const script = `
import sys, time
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
begin = time.perf_counter()
found = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
found.Reload()
print(len(found.Scalars("loss")) / (time.perf_counter() - begin))`;
  const { status, stdout } = spawnSync(python, ["-c", script, folder], { encoding: "utf8" });
  return status === 0 ? Number(stdout.trim()) : null;
}
