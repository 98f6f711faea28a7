import { createReadStream } from "node:fs";
import type { ExperimentSource, SourceRecord } from "../importers/records.ts";
import { traceKeys } from "../traces/keys.ts";
import { BUNDLE, BUNDLE_VERSION } from "./bundleNames.ts";
import { bundleRecords } from "./bundleRecords.ts";
import { maskedContent, type MaskedAs } from "./maskedContent.ts";
import type { Writer, WriterNeeds, Written } from "./writer.ts";
import { zipFile } from "./zipFile.ts";

/** Characters of the records that are packed at a time. */
const CHUNK = 1 << 16;

/** Where a content comes from: the beginning of a file, or memory. */
interface Content {
  readonly content: string | Uint8Array;
  readonly bytes: number;
  /** It is masked as it is read. */
  readonly as?: MaskedAs;
}

/** One zip file: a manifest, the runs as lines of records, and each different content once. */
export function bundleWriter(file: string, needs: WriterNeeds): Writer {
  const { store: { read }, signal } = needs;
  const zip = zipFile(file);
  const records = zip.part(BUNDLE.records, "deflated");
  const blobs = new Map<string, Content>();
  const experiments = new Set<string>();
  const launches = new Set<string>();
  let runs = 0;
  let lines = "";
  const say = (record: object): void => void (lines += `${JSON.stringify(record, (_key, value: unknown) => (typeof value === "number" ? loose(value) : value))}\n`);
  const write = async (): Promise<void> => {
    const bytes = Buffer.from(lines);
    lines = "";
    await records.write(bytes);
  };
  /** Packs what was said once it is much; others have their turn meanwhile. */
  const settle = async (): Promise<void> => {
    signal.throwIfAborted();
    if (lines.length > CHUNK) await write();
  };
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
      for (const { key, slices } of metrics) {
        const { origin = "client" } = read.runs.latestOfKey(record.runKey, key) ?? {};
        // Columns: they take a third of the room.
        for await (const part of slices()) {
          points += part.length;
          lines += `${JSON.stringify({ k: "points", run: run.run, key, origin, step: part.map(({ step }) => step), time: part.map(({ time }) => time), value: part.map(({ value }) => loose(value)) })}\n`;
          await settle();
        }
      }
      const own = await bundleRecords(needs, record, launches);
      for (const one of own.records) say(one);
      for (const { launch, name, digest, ...content } of own.contents) bytes += keep({ launch }, name, digest, content);
      const listed = await files(needs.leftOut);
      for (const { name, file: content, digest, size } of listed) bytes += keep({ run: run.run }, name, digest, { content, bytes: size });
      await settle();
      return { points, artifacts: listed.length, bytes };
    },
    beside: {
      async model({ experiment, model, metrics, files }) {
        sayExperiment(experiment);
        say(model);
        for (const metric of metrics) {
          say(metric);
          await settle();
        }
        let bytes = 0;
        const listed = await files(needs.leftOut);
        for (const { name, file: content, digest, size } of listed) bytes += keep({ model: model.model }, name, digest, { content, bytes: size });
        await settle();
        return { points: 0, artifacts: listed.length, bytes };
      },
      async registered({ registered, versions }) {
        for (const one of [registered, ...versions]) say(one);
      },
      async trace({ experiment, trace, runs: linked, prompts, listed }, run) {
        sayExperiment(experiment);
        say(trace);
        const made = trace.metadata.find(({ key }) => key === traceKeys.sourceRun)?.value;
        if (linked.some((one) => one !== made)) needs.leftOut.add("links of traces to runs that did not make them", run);
        if (prompts.length > 0) needs.leftOut.add("links of traces to prompts", run);
        if (listed().length > 0) needs.leftOut.add("files of traces beside their spans", run);
        await settle();
        return { points: 0, artifacts: 0, bytes: 0 };
      },
    },
    async close() {
      await write();
      await records.end();
      for (const [blob, content] of blobs) {
        signal.throwIfAborted();
        const part = zip.part(BUNDLE.blobs + blob, "stored");
        for await (const piece of piecesOf(content, signal)) {
          signal.throwIfAborted();
          await part.write(piece);
        }
        await part.end();
      }
      const manifest = zip.part(BUNDLE.manifest, "deflated");
      await manifest.write(Buffer.from(JSON.stringify({ format: "touchstone-bundle", version: BUNDLE_VERSION, created: new Date().toISOString(), runs })));
      await manifest.end();
      await zip.finish();
    },
    abort: () => zip.abort(),
  };
}

/** JSON has no NaN. */
const loose = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

/** A log that is written on is taken as far as its digest goes. */
async function* piecesOf({ content, bytes, as }: Content, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (as !== undefined) yield* maskedContent({ content, bytes, as }, signal);
  else if (typeof content !== "string") yield content;
  else if (bytes > 0) yield* createReadStream(content, { end: bytes - 1 });
}
