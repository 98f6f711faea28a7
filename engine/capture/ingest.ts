import { isAbsolute, relative, sep } from "node:path";
import type { LaunchMetric, LaunchSource, ParamValue, TagValue } from "../store/operations.ts";
import { outranks, type Raised } from "../store/raised.ts";
import { masked, scrub } from "./node/mask.cjs";

/** A file that the script used, before its size and digest are known. */
export interface UsedFile {
  readonly direction: "input" | "output";
  /** Absolute. */
  readonly path: string;
  readonly time: number;
  readonly file: string | null;
  readonly line: number | null;
}

/** What lines of events.jsonl mean. Paths in `files` and `artifacts` are absolute, those of sites relative to the store's folder. */
export interface Ingested {
  readonly metrics: LaunchMetric[];
  readonly params: ParamValue[];
  readonly tags: TagValue[];
  readonly sites: { readonly key: string; readonly file: string; readonly line: number }[];
  readonly files: UsedFile[];
  readonly artifacts: { readonly path: string; readonly name: string; readonly time: number }[];
  /** Files of other trackers' loggers that the script writes. */
  readonly sources: LaunchSource[];
  readonly alerts: { readonly title: string; readonly text: string }[];
  readonly notes: string[];
  /** The script's own Python, in the first process only. */
  executable: string | null;
  /** What ran a program of another language. */
  interpreter: string | null;
  exception: Raised | null;
  progress: string | null;
}

const LONGEST_KEY = 250;
const LONGEST_VALUE = 6_000;
const LONGEST_TEXT = 64_000;
/** The last millisecond that a `Date` can hold; every one up to it is a whole number for the store as well. */
const LATEST_TIME = 8.64e15;
const LONE_HALF = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/**
 * Reads whole lines of events.jsonl (SEAMS of the launch's folder). The file is data that any process may have written: a line
 * that is no event, or has a field of another type, is left out and counted in one note. Secrets are masked here once more.
 */
export function ingest(lines: readonly string[], folder: string): Ingested {
  const into: Ingested = { metrics: [], params: [], tags: [], sites: [], files: [], artifacts: [], sources: [], alerts: [], notes: [], executable: null, interpreter: null, exception: null, progress: null };
  let broken = 0;
  for (const line of lines) {
    if (line.trim() === "") continue;
    const event = parseObject(line);
    if (event === null || !take(event, folder, into)) broken++;
  }
  if (broken > 0) into.notes.push(`${broken} ${broken === 1 ? "line" : "lines"} of what the script recorded could not be read.`);
  return into;
}

type Event = Readonly<Record<string, unknown>>;

function parseObject(line: string): Event | null {
  try {
    const value: unknown = JSON.parse(line);
    // SAFETY: an object that is no list; every field is looked at before it is used.
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Event) : null;
  } catch {
    return null;
  }
}

/** False where the event is not one. */
function take(event: Event, folder: string, into: Ingested): boolean {
  const time = typeof event["t"] === "number" && event["t"] >= 0 && event["t"] <= LATEST_TIME ? Math.trunc(event["t"]) : Date.now();
  const key = text(event["key"], LONGEST_KEY);
  const site = siteOf(event, folder);
  switch (event["k"]) {
    case "metric": {
      const value = number(event["value"]);
      const step = event["step"] ?? null;
      if (key === null || value === null || !(step === null || (typeof step === "number" && Number.isSafeInteger(step)))) return false;
      const run = text(event["run"], LONGEST_KEY);
      // What a rank of a distributed job uses, it measures itself.
      into.metrics.push({ key, value, step, time, origin: key.startsWith("system/") ? "system" : "script", ...site, ...(run === null ? {} : { runId: run }) });
      return true;
    }
    case "param": {
      const value = text(event["value"], LONGEST_VALUE);
      const source = event["source"];
      if (key === null || value === null || (source !== "argument" && source !== "config" && source !== "default" && source !== "script")) return false;
      into.params.push({ key, value: masked(key, value), source });
      return true;
    }
    case "tag": {
      const value = text(event["value"], LONGEST_VALUE);
      if (key === null || value === null) return false;
      into.tags.push({ key, value: masked(key, value) });
      return true;
    }
    case "site":
      if (key === null || site === null) return false;
      if (event["what"] === "metric") into.sites.push({ key, ...site });
      return true;
    case "input":
    case "output": {
      const path = text(event["path"], LONGEST_VALUE);
      if (path === null || !isAbsolute(path)) return false;
      into.files.push({ direction: event["k"], path, time, file: site?.file ?? null, line: site?.line ?? null });
      return true;
    }
    default:
      return takeRare(event, time, site, into);
  }
}

function takeRare(event: Event, time: number, site: { file: string; line: number } | null, into: Ingested): boolean {
  switch (event["k"]) {
    case "artifact": {
      const path = text(event["path"], LONGEST_VALUE);
      const name = text(event["name"], LONGEST_VALUE);
      if (path === null || name === null || !isAbsolute(path)) return false;
      into.artifacts.push({ path, name, time });
      return true;
    }
    case "source": {
      const path = text(event["path"], LONGEST_VALUE);
      const start = event["start"];
      if (path === null || !isAbsolute(path) || typeof start !== "number" || !Number.isSafeInteger(start) || start < 0) return false;
      const { rank } = event;
      const within = text(event["within"], LONGEST_VALUE);
      into.sources.push({ path, start, ...(typeof rank === "number" && Number.isSafeInteger(rank) && rank > 0 ? { rank } : {}), ...(within === null ? {} : { within }) });
      return true;
    }
    case "exception": {
      const type = text(event["type"], LONGEST_KEY);
      const message = text(event["message"], LONGEST_VALUE);
      const traceback = text(event["traceback"], 2 * LONGEST_TEXT);
      if (type === null || message === null || traceback === null) return false;
      const [rank, attempt] = [event["rank"], event["attempt"]].map((value) => (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined));
      const raised: Raised = {
        type, message: scrub(message), site, traceback: scrub(traceback), time,
        ...(event["main"] === true ? { main: true } : {}),
        ...(rank === undefined ? {} : { rank }),
        ...(attempt === undefined ? {} : { attempt }),
      };
      if (outranks(raised, into.exception)) into.exception = raised;
      return true;
    }
    case "alert": {
      const title = text(event["title"], LONGEST_VALUE);
      if (title === null) return false;
      into.alerts.push({ title: scrub(title), text: scrub(text(event["text"], LONGEST_VALUE) ?? "") });
      return true;
    }
    case "progress": {
      const { step, total } = event;
      if (typeof step !== "number") return false;
      into.progress = typeof total === "number" ? `${step}/${total}` : String(step);
      return true;
    }
    case "env": {
      const executable = text(event["executable"], LONGEST_VALUE);
      const node = text(event["node"], LONGEST_KEY);
      if (node === null) into.executable = executable;
      else into.interpreter = `${executable ?? "node"} (Node ${node})`;
      return executable !== null;
    }
    case "note": {
      const note = text(event["text"], LONGEST_VALUE);
      if (note === null) return false;
      into.notes.push(scrub(note));
      return true;
    }
    case "cell":
      // engine/notebooks reads these when the launch has ended.
      return typeof event["source"] === "string";
    default:
      return false;
  }
}

/** Text as it can be stored: cut to a length, without lone halves of characters. */
function text(value: unknown, longest: number): string | null {
  return typeof value === "string" ? value.slice(0, longest).replace(LONE_HALF, "\uFFFD") : null;
}

function number(value: unknown): number | null {
  if (typeof value === "number") return value;
  return value === "NaN" ? Number.NaN : value === "Infinity" ? Number.POSITIVE_INFINITY : value === "-Infinity" ? Number.NEGATIVE_INFINITY : null;
}

function siteOf(event: Event, folder: string): { file: string; line: number } | null {
  const file = text(event["file"], LONGEST_VALUE);
  const line = event["line"];
  if (file === null || file === "" || typeof line !== "number" || !Number.isSafeInteger(line) || line < 1) return null;
  return { file: storedPath(folder, file), line };
}

/** A path as the store has it: relative to its folder with `/` where it lies under it, else absolute. */
export function storedPath(folder: string, path: string): string {
  if (!isAbsolute(path)) return path.split(sep).join("/");
  const inner = relative(folder, path);
  if (inner === "") return ".";
  return (inner.startsWith("..") || isAbsolute(inner) ? path : inner).split(sep).join("/");
}
