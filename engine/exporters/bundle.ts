import { createReadStream, createWriteStream } from "node:fs";
import { once } from "node:events";
import { Zip, ZipDeflate, ZipPassThrough } from "fflate";
import type { SourceRecord } from "../importers/records.ts";
import type { Writer, Written } from "./writer.ts";

/** Names within a bundle; the reader of `engine/importers/bundle.ts` knows them. */
export const BUNDLE = { manifest: "touchstone-bundle.json", records: "records.jsonl", blobs: "blobs/" } as const;
export const BUNDLE_ENDING = ".touchstone-bundle";
export const BUNDLE_VERSION = 1;
/** Points of one line of the records. */
const POINTS = 50_000;

/** One zip file: a manifest, the runs as lines of records, and each different content once. */
export function bundleWriter(file: string): Writer {
  const out = createWriteStream(file, { flags: "wx" });
  const failed = new Promise<never>((_, reject) => out.once("error", reject));
  failed.catch(() => undefined);
  let full = false;
  const zip = new Zip((error, data) => {
    if (error) out.destroy(error);
    else full = !out.write(data) || full;
  });
  const drained = async (): Promise<void> => {
    if (!full) return;
    full = false;
    await Promise.race([once(out, "drain"), failed]);
  };
  const blobs = new Map<string, string>();
  const experiments = new Set<string>();
  let runs = 0;
  const records = new ZipDeflate(BUNDLE.records, { level: 6 });
  zip.add(records);
  const say = (record: object): void => records.push(Buffer.from(`${JSON.stringify(record, (_key, value: unknown) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value))}\n`));

  return {
    async add(experiment, { run, params, tags, datasets, links, metrics, files }): Promise<Written> {
      runs++;
      if (!experiments.has(experiment.experiment)) say(experiment);
      experiments.add(experiment.experiment);
      say(run);
      const said: SourceRecord[] = [...params.map((one): SourceRecord => ({ k: "param", run: run.run, ...one })), ...tags.map((one): SourceRecord => ({ k: "tag", run: run.run, ...one })), ...datasets, ...links];
      for (const record of said) say(record);
      let points = 0;
      for (const { key, read } of metrics) {
        const list = read();
        points += list.length;
        // Columns: a curve of a million points is one line of some megabytes.
        for (let at = 0; at < list.length; at += POINTS) {
          const part = list.slice(at, at + POINTS);
          say({ k: "points", run: run.run, key, origin: part[0]?.origin ?? "client", step: part.map(({ step }) => step), time: part.map(({ time }) => time), value: part.map(({ value }) => value) });
          await drained();
        }
      }
      const listed = await files();
      let bytes = 0;
      for (const { name, file: content, digest, size } of listed) {
        const blob = digest.replace("sha256:", "");
        say({ k: "file", run: run.run, name, blob });
        if (!blobs.has(blob)) bytes += size;
        blobs.set(blob, content);
      }
      await drained();
      return { points, artifacts: listed.length, bytes };
    },
    async close() {
      records.push(new Uint8Array(), true);
      for (const [blob, content] of blobs) {
        const entry = new ZipPassThrough(BUNDLE.blobs + blob);
        zip.add(entry);
        for await (const chunk of createReadStream(content)) {
          const piece: Buffer = chunk;
          entry.push(piece);
          await drained();
        }
        entry.push(new Uint8Array(), true);
      }
      const manifest = new ZipDeflate(BUNDLE.manifest);
      zip.add(manifest);
      manifest.push(Buffer.from(JSON.stringify({ format: "touchstone-bundle", version: BUNDLE_VERSION, created: new Date().toISOString(), runs })), true);
      zip.end();
      out.end();
      await Promise.race([once(out, "finish"), failed]);
    },
  };
}
