import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { type ParquetColumns, ParquetTables, type ParquetValue } from "../tables/parquetFile.ts";
import type { Writer, Written } from "./writer.ts";

/** The tables of an export; times are UTC milliseconds. */
const tables: Readonly<Record<string, ParquetColumns>> = {
  runs: [["run_id", "VARCHAR"], ["experiment_id", "VARCHAR"], ["experiment", "VARCHAR"], ["name", "VARCHAR"], ["status", "VARCHAR"], ["start", "BIGINT"], ["end", "BIGINT"], ["user", "VARCHAR"], ["parent", "VARCHAR"], ["note", "VARCHAR"], ["deleted", "BIGINT"]],
  params: [["run_id", "VARCHAR"], ["key", "VARCHAR"], ["value", "VARCHAR"]],
  tags: [["run_id", "VARCHAR"], ["key", "VARCHAR"], ["value", "VARCHAR"]],
  metrics: [["run_id", "VARCHAR"], ["key", "VARCHAR"], ["step", "BIGINT"], ["time", "BIGINT"], ["value", "DOUBLE"]],
  datasets: [["run_id", "VARCHAR"], ["name", "VARCHAR"], ["digest", "VARCHAR"], ["source_type", "VARCHAR"], ["source", "VARCHAR"], ["schema", "VARCHAR"], ["profile", "VARCHAR"]],
  artifacts: [["run_id", "VARCHAR"], ["path", "VARCHAR"], ["bytes", "BIGINT"], ["digest", "VARCHAR"]],
};
const CHUNK = 1 << 18;

interface Sink {
  add(table: string, values: readonly ParquetValue[]): void;
  /** Called between runs. */
  settle(): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

/** A folder with a file a table: long form, so that nothing depends on which metrics there are. Contents of artifacts stay in the store. */
export async function tablesWriter(folder: string, format: "csv" | "jsonl" | "parquet"): Promise<Writer> {
  const sink = format === "parquet" ? await parquetSink(folder) : await textSink(folder, format);
  return {
    async add(experiment, { run, params, tags, metrics, datasets, listed }): Promise<Written> {
      sink.add("runs", [run.run, experiment.experiment, experiment.name ?? "", run.name ?? "", run.status ?? "", run.start ?? null, run.end ?? null, run.user ?? null, run.parent ?? null, run.note ?? null, typeof run.deleted === "number" ? run.deleted : null]);
      for (const { key, value } of params) sink.add("params", [run.run, key, value]);
      for (const { key, value } of tags) sink.add("tags", [run.run, key, value]);
      let points = 0;
      for (const { key, slices } of metrics) {
        for await (const slice of slices()) {
          for (const { step, time, value } of slice) sink.add("metrics", [run.run, key, step, time, value]);
          points += slice.length;
          await sink.settle();
        }
      }
      for (const one of datasets) sink.add("datasets", [run.run, one.name, one.digest, one.sourceType, one.source, one.schema, one.profile]);
      for (const { name, size, digest } of listed()) sink.add("artifacts", [run.run, name, size, digest]);
      await sink.settle();
      return { points, artifacts: 0, bytes: 0 };
    },
    close: () => sink.close(),
    abort: () => sink.abort(),
  };
}

async function parquetSink(folder: string): Promise<Sink> {
  const made = await ParquetTables.open(join(folder, ".export.duckdb"), tables);
  return {
    add: (table, values) => made.add(table, values),
    settle: async () => undefined,
    async close() {
      try {
        await made.write((table) => join(folder, `${table}.parquet`));
      } finally {
        await made.close();
      }
    },
    abort: () => made.close(),
  };
}

async function textSink(folder: string, format: "csv" | "jsonl"): Promise<Sink> {
  const files = new Map<string, { readonly handle: FileHandle; text: string }>();
  for (const [table, columns] of Object.entries(tables)) {
    files.set(table, { handle: await open(join(folder, `${table}.${format}`), "wx"), text: format === "csv" ? `${columns.map(([name]) => name).join(",")}\r\n` : "" });
  }
  const write = async (file: { readonly handle: FileHandle; text: string }): Promise<void> => {
    await file.handle.writeFile(file.text);
    file.text = "";
  };
  return {
    add(table, values) {
      const file = files.get(table);
      const columns = tables[table];
      if (!file || !columns) return;
      file.text += format === "csv" ? `${values.map(cell).join(",")}\r\n` : `${JSON.stringify(Object.fromEntries(columns.map(([name], at) => [name, typeof values[at] === "number" && !Number.isFinite(values[at]) ? String(values[at]) : (values[at] ?? null)])))}\n`;
    },
    async settle() {
      for (const file of files.values()) if (file.text.length > CHUNK) await write(file);
    },
    async close() {
      for (const file of files.values()) {
        await write(file);
        await file.handle.sync();
        await file.handle.close();
      }
    },
    async abort() {
      for (const { handle } of files.values()) await handle.close();
    },
  };
}

/** A cell of a CSV file; a missing one is empty, an empty text is `""`. */
function cell(value: ParquetValue): string {
  return value === null ? "" : typeof value === "number" ? String(value) : value === "" || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
