import { BUNDLE, BUNDLE_ENDING } from "../exporters/bundleNames.ts";
import { bundleParts, contentOf, digestOf } from "./bundleFile.ts";
import { endedLaunch, endedOwn, endedRun, evaluationOf, launchOf, ORIGINS, ownOf, PARAM_SOURCES } from "./bundleOwn.ts";
import { commonOf } from "./bundleFields.ts";
import { isInner } from "../offline/manifest.ts";
import { readPart, statOf } from "./files.ts";
import type { ArtifactSource, SourceRecord } from "./records.ts";
import type { Reader } from "./reader.ts";
import { isObject } from "./rows.ts";
import { DEEPEST, isShallow } from "./valid.ts";

const NO_RECORD = "This line is no record that this version knows.";

type Fields = Readonly<Record<string, unknown>>;
type Wanted = Pick<ArtifactSource, "run" | "launch" | "model" | "name">;

/** A bundle of runs with their artifacts, as `exporters/bundle.ts` writes it. A file that is damaged, of a newer version or made to do harm is refused as a whole, before anything of it is said; a record that is none is named with its line, and the others come. */
export const bundle: Reader = {
  format: "bundle",
  title: "Touchstone bundle",
  async detect(path) {
    if (!path.toLowerCase().endsWith(BUNDLE_ENDING) || !(statOf(path)?.isFile() ?? false)) return null;
    return readPart(path, 0, 4).toString("latin1") === "PK\u0003\u0004" ? { path } : null;
  },
  async *read(path, from, { signal }) {
    const found = statOf(path);
    if (!found) return;
    const state = `${found.size} ${found.mtimeMs}`;
    if (from.get("")?.state === state) return;
    const parts = await bundleParts(path);
    const records = new Records(parts.created ?? Math.round(found.mtimeMs));
    const text = new TextDecoder();
    for await (const chunk of contentOf(path, parts.records)) {
      if (signal.aborted) return;
      yield* records.take(text.decode(chunk, { stream: true }));
    }
    yield* records.take(`${text.decode()}\n`);
    let done = 0;
    for (const [digest, files] of records.wanted) {
      if (signal.aborted) return;
      const part = parts.blobs.get(digest);
      const wrong = part === undefined ? "Its content is not in the bundle." : (await digestOf(path, part)) === digest ? null : "Its content is damaged (another SHA-256 than its name).";
      for (const one of files) {
        if (part === undefined || wrong !== null) yield { k: "problem", file: one.name, reason: wrong ?? "" };
        else yield { k: "artifact", ...one, file: path, within: { start: part.start, length: part.packed } };
      }
      yield { k: "progress", done: ++done, total: records.wanted.size, unit: "contents" };
    }
    yield { k: "offset", file: "", inode: found.ino, offset: found.size, state };
  },
};

/** Turns lines into records as they come. */
class Records {
  /** Files by the digests of their contents. */
  readonly wanted = new Map<string, Wanted[]>();
  readonly #begun: string[] = [];
  readonly #written: number;
  #line = 0;

  /** @param written when the bundle was written, UTC ms: what ran then is over for who has the bundle */
  constructor(written: number) {
    this.#written = written;
  }

  *take(text: string): Generator<SourceRecord> {
    for (let from = 0; from < text.length; ) {
      const end = text.indexOf("\n", from);
      const part = text.slice(from, end === -1 ? undefined : end);
      this.#begun.push(part);
      if (end === -1) return;
      const line = this.#begun.splice(0).join("");
      this.#line++;
      if (line !== "") yield* this.#record(line);
      from = end + 1;
    }
  }

  *#record(line: string): Generator<SourceRecord> {
    let value: Fields;
    try {
      value = JSON.parse(line);
    } catch {
      return yield this.#problem("This line is not JSON.");
    }
    if (!isObject(value)) return yield this.#problem(NO_RECORD);
    if (!isShallow(value)) return yield this.#problem(`This line is nested more than ${DEEPEST} deep, so it is left out.`);
    const { k, run, key } = value;
    if (k === "launch") return yield* this.#launch(value);
    if (k === "file" && typeof value["name"] === "string" && typeof value["blob"] === "string") return this.#file(value["blob"], value["name"], value);
    const common = commonOf(value);
    if (common !== null) return yield "wrong" in common ? this.#problem(`This ${String(k)} is not of the kind that Touchstone writes: \`${common.wrong}\` is none.`) : common.k === "run" ? endedRun(common, this.#written) : common;
    if (typeof k !== "string" || typeof run !== "string") return yield this.#problem(NO_RECORD);
    if (k === "tag" && typeof key === "string" && typeof value["value"] === "string") return yield { k, run, key, value: value["value"] };
    if (k === "param" && typeof key === "string" && typeof value["value"] === "string") {
      const source = PARAM_SOURCES.find((one) => one === value["source"]);
      return yield { k, run, key, value: value["value"], ...(source === undefined ? {} : { source }) };
    }
    if (k === "metric" && typeof key === "string") return yield measuredOf(run, key, value);
    if (k === "points") return yield* this.#points(run, value);
    if (k === "own") {
      const own = ownOf(run, value);
      return yield own === null ? this.#problem("What it says of this run is not of the kind that Touchstone writes.") : endedOwn(own, this.#written);
    }
    if (k === "evaluation") {
      const evaluation = evaluationOf(run, value);
      if (evaluation === null) return yield this.#problem("This evaluation is not of the kind that Touchstone writes.");
      return yield isInner(evaluation.path) ? evaluation : this.#problem(`This evaluation is left out: its file lies outside of the folder it came from (${evaluation.path.slice(0, 200)}).`);
    }
    yield this.#problem(NO_RECORD);
  }

  *#launch(value: Fields): Generator<SourceRecord> {
    const launch = launchOf(value);
    if (launch === null) return yield this.#problem("This launch is not of the kind that Touchstone writes.");
    const files = launch.files.filter(({ path }) => isInner(path));
    const first = launch.files.find(({ path }) => !isInner(path));
    // Where it ran is a place on somebody else's computer; here it might be any folder.
    yield endedLaunch({ ...launch, files, cwd: isInner(launch.cwd) ? launch.cwd : "" }, this.#written);
    const left = launch.files.length - files.length;
    if (first) yield this.#problem(`${left === 1 ? "A file" : `${left} files`} of this launch ${left === 1 ? "is" : "are"} left out: outside of the folder it came from (${first.path.slice(0, 200)}).`);
  }

  #file(blob: string, name: string, { run, launch, model }: Fields): void {
    const owner = typeof launch === "string" ? { launch } : typeof model === "string" ? { model } : typeof run === "string" ? { run } : null;
    if (owner === null) return;
    const files = this.wanted.get(blob);
    if (files) files.push({ ...owner, name });
    else this.wanted.set(blob, [{ ...owner, name }]);
  }

  *#points(run: string, { key, origin, step, time, value }: Fields): Generator<SourceRecord> {
    if (typeof key !== "string" || !Array.isArray(step) || !Array.isArray(time) || !Array.isArray(value) || step.length !== value.length || time.length !== value.length) return yield this.#problem("These points are no columns of one length.");
    const known = ORIGINS.find((one) => one === origin);
    for (const [index, one] of value.entries()) yield { k: "metric", run, key, value: Number(one), step: Number(step[index]), time: Number(time[index]), ...(known === undefined ? {} : { origin: known }) };
  }

  #problem(reason: string): SourceRecord {
    return { k: "problem", file: BUNDLE.records, reason, line: this.#line };
  }
}

/** A value that was measured with a logged model. */
function measuredOf(run: string, key: string, { value, step, time, model, dataset }: Fields): SourceRecord {
  const { name, digest } = isObject(dataset) ? dataset : {};
  return {
    k: "metric", run, key, value: Number(value), step: Number(step), time: Number(time),
    ...(typeof model === "string" ? { model } : {}),
    ...(typeof name === "string" && typeof digest === "string" ? { dataset: { name, digest } } : {}),
  };
}
