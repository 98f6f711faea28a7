import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { isRecord } from "../mlflow/fields.ts";
import type { PointArrays } from "../store/read/metrics.ts";
import type { Store } from "../store/store.ts";
import { METRICS, TAG_LENGTH } from "./pushed.ts";

/** On the server: how far the curves of a run were sent. */
export const CURVES_TAG = "touchstone.pushed.curves";
/** Points after which that is written while they are sent: so many are sent again at most where a push breaks off. */
const NOTED = 10_000;

interface Point {
  readonly key: string;
  readonly value: number;
  readonly step: number;
  readonly timestamp: number;
}

/** How many points of a curve were sent, in their order, and a digest of the last of them. */
type Sent = readonly [points: number, last: string];

interface CurvesOptions {
  readonly store: Store;
  readonly runKey: number;
  readonly keys: readonly string[];
  /** What CURVES_TAG says there; null where nothing was sent. */
  readonly said: string | null;
  /** Sends at most a thousand points. */
  readonly send: (metrics: readonly object[]) => Promise<unknown>;
  /** Writes CURVES_TAG there. */
  readonly note: (text: string) => Promise<unknown>;
}

/**
 * Sends the points of a run that were not sent yet, and gives what CURVES_TAG shall say. A curve is read and sent in slices, so that its
 * length costs no memory. Where the points that were sent are no longer its first ones (an earlier step was logged late), all are sent
 * again: a server keeps the same point once.
 */
export async function sendCurves({ store: { read }, runKey, keys, said, send, note }: CurvesOptions): Promise<string> {
  const before = sentOf(said);
  const sent = new Map(before);
  let waiting: Point[] = [];
  let ends = new Map<string, readonly [points: number, last: Point]>();
  let unnoted = 0;

  async function flush(): Promise<void> {
    if (waiting.length === 0) return;
    await send(waiting);
    unnoted += waiting.length;
    for (const [key, [points, last]] of ends) sent.set(nameOf(key), [points, digestOf(last)]);
    waiting = [];
    ends = new Map();
    if (unnoted < NOTED) return;
    await note(textOf(sent));
    unnoted = 0;
  }

  for (const key of keys) {
    const known = before.get(nameOf(key));
    let points = known !== undefined && (await isStillThere(read, runKey, key, known)) ? known[0] : 0;
    for (const slice of read.metrics.slicesFrom(runKey, key, points)) {
      for (const point of pointsOf(key, slice)) {
        waiting.push(point);
        ends.set(key, [++points, point]);
        if (waiting.length === METRICS) await flush();
      }
      await turn();
    }
  }
  await flush();
  // What follows (files, the run's end) may take long, and break off.
  if (unnoted > METRICS) await note(textOf(sent));
  return textOf(sent);
}

function* pointsOf(key: string, { step, time, value }: PointArrays): Generator<Point> {
  for (let at = 0; at < step.length; at++) yield { key, value: value[at] ?? Number.NaN, step: step[at] ?? 0, timestamp: time[at] ?? 0 };
}

/** Points are only ever added: where so many lie before the same one, they are the same. */
async function isStillThere(read: Store["read"], runKey: number, key: string, [count, last]: Sent): Promise<boolean> {
  if (!Number.isSafeInteger(count) || count < 1 || count > read.metrics.count(runKey, key)) return false;
  for (const slice of read.metrics.slicesFrom(runKey, key, count - 1)) {
    const [point] = pointsOf(key, slice);
    if (point) return digestOf(point) === last;
    await turn();
  }
  return false;
}

const short = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, 8);
const nameOf = (key: string): string => short(key);
const digestOf = ({ value, step, timestamp }: Point): string => short(`${step} ${timestamp} ${Object.is(value, -0) ? "-0" : value}`);

/** As many curves as a tag can hold, the longest ones: short ones are quickly sent again. */
function textOf(sent: ReadonlyMap<string, Sent>): string {
  const entries = [...sent].toSorted(([, [a]], [, [b]]) => b - a);
  const room = Math.floor(TAG_LENGTH / 40);
  return JSON.stringify(Object.fromEntries(entries.slice(0, room)));
}

function sentOf(text: string | null): Map<string, Sent> {
  const sent = new Map<string, Sent>();
  const said: unknown = text === null ? {} : parsed(text);
  for (const [name, entry] of Object.entries(isRecord(said) ? said : {})) {
    const [points, last]: readonly unknown[] = Array.isArray(entry) ? entry : [];
    if (typeof points === "number" && typeof last === "string") sent.set(name, [points, last]);
  }
  return sent;
}

/** Somebody may have changed the tag. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
