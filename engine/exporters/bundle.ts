import { createReadStream, createWriteStream } from "node:fs";
import { once } from "node:events";
import { Zip, ZipDeflate, ZipPassThrough } from "fflate";
import type { ExperimentSource, SourceRecord } from "../importers/records.ts";
import { traceKeys } from "../traces/keys.ts";
import { BUNDLE, BUNDLE_VERSION } from "./bundleNames.ts";
import { bundleRecords, type BundleNeeds } from "./bundleRecords.ts";
import type { Writer, Written } from "./writer.ts";

/** Points of one line of the records. */
const POINTS = 50_000;

/** Where a content comes from: the beginning of a file, or memory. */
interface Content {
  readonly content: string | Uint8Array;
  readonly bytes: number;
}

/** One zip file: a manifest, the runs as lines of records, and each different content once. */
export function bundleWriter(file: string, needs: BundleNeeds): Writer {
  const { read } = needs.store;
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
  const blobs = new Map<string, Content>();
  const experiments = new Set<string>();
  const launches = new Set<string>();
  let runs = 0;
  const records = new ZipDeflate(BUNDLE.records, { level: 6 });
  zip.add(records);
  const say = (record: object): void => records.push(Buffer.from(`${JSON.stringify(record, (_key, value: unknown) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value))}\n`));
  const sayExperiment = (experiment: ExperimentSource): void => {
    if (!experiments.has(experiment.experiment)) say(experiment);
    experiments.add(experiment.experiment);
  };
  /** Gives how many bytes are new. */
  const keep = (owner: { readonly run: string } | { readonly launch: string } | { readonly model: string }, name: string, digest: string, content: Content): number => {
    const blob = digest.replace("sha256:", "");
    say({ k: "file", ...owner, name, blob });
    const known = blobs.has(blob);
    blobs.set(blob, content);
    return known ? 0 : content.bytes;
  };

  return {
    async add(experiment, { run, tags, datasets, links, metrics, files }): Promise<Written> {
      runs++;
      const record = read.runs.byId(run.run);
      if (!record) return { points: 0, artifacts: 0, bytes: 0 };
      sayExperiment(experiment);
      say(run);
      // All sources of a param, not the one that other formats get.
      const params = read.runs.params(record.runKey).map(({ key, value, source }): SourceRecord => ({ k: "param", run: run.run, key, value, source }));
      const said: SourceRecord[] = [...params, ...tags.map((one): SourceRecord => ({ k: "tag", run: run.run, ...one })), ...datasets, ...links];
      for (const one of said) say(one);
      let [points, bytes] = [0, 0];
      for (const { key, read: pointsOf } of metrics) {
        const list = pointsOf();
        const { origin = "client" } = read.runs.latestOfKey(record.runKey, key) ?? {};
        points += list.length;
        // Columns: a curve of a million points is one line of some megabytes.
        for (let at = 0; at < list.length; at += POINTS) {
          const part = list.slice(at, at + POINTS);
          say({ k: "points", run: run.run, key, origin, step: part.map(({ step }) => step), time: part.map(({ time }) => time), value: part.map(({ value }) => value) });
          await drained();
        }
      }
      const own = await bundleRecords(needs, record, launches);
      for (const one of own.records) say(one);
      for (const { launch, name, digest, bytes: size, content } of own.contents) bytes += keep({ launch }, name, digest, { content, bytes: size });
      const listed = await files();
      for (const { name, file: content, digest, size } of listed) bytes += keep({ run: run.run }, name, digest, { content, bytes: size });
      await drained();
      return { points, artifacts: listed.length, bytes };
    },
    beside: {
      async model({ experiment, model, metrics, files }) {
        sayExperiment(experiment);
        say(model);
        for (const metric of metrics) say(metric);
        let bytes = 0;
        const listed = await files();
        for (const { name, file: content, digest, size } of listed) bytes += keep({ model: model.model }, name, digest, { content, bytes: size });
        await drained();
        return { points: 0, artifacts: listed.length, bytes };
      },
      async registered({ registered, versions }) {
        for (const one of [registered, ...versions]) say(one);
      },
      async trace({ experiment, trace, runs: linked, prompts, files }, run) {
        sayExperiment(experiment);
        say(trace);
        const made = trace.metadata.find(({ key }) => key === traceKeys.sourceRun)?.value;
        if (linked.some((one) => one !== made)) needs.leftOut.add("links of traces to runs that did not make them", run);
        if (prompts.length > 0) needs.leftOut.add("links of traces to prompts", run);
        if ((await files()).length > 0) needs.leftOut.add("files of traces beside their spans", run);
        await drained();
        return { points: 0, artifacts: 0, bytes: 0 };
      },
    },
    async close() {
      records.push(new Uint8Array(), true);
      for (const [blob, { content, bytes }] of blobs) {
        const entry = new ZipPassThrough(BUNDLE.blobs + blob);
        zip.add(entry);
        for await (const piece of piecesOf(content, bytes)) {
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

/** A log that is written on is taken as far as its digest goes. */
async function* piecesOf(content: string | Uint8Array, bytes: number): AsyncGenerator<Uint8Array> {
  if (typeof content !== "string") yield content;
  else if (bytes > 0) yield* createReadStream(content, { end: bytes - 1 });
}
