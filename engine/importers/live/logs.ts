import { statSync } from "node:fs";
import { basename } from "node:path";
import type { LaunchHooks, WatchedLaunch } from "../../launches/hooks.ts";
import type { FollowedSource } from "../../store/read/launches.ts";
import type { Store } from "../../store/store.ts";
import type { Log } from "./log.ts";
import { Look, type LogNeeds, namesOf } from "./look.ts";
import type { MetricNames } from "./names.ts";
import { placeOf } from "./place.ts";
import { followedBy } from "./resolve.ts";
import { LogRuns, OWN } from "./runs.ts";

/** Between two looks at the logs of a launch. */
const LOOK_MS = 200;
/** A look at a database takes at most this part of the time, as with a source that is followed. */
const SHARE = 20;
const LONGEST_REST_MS = 60_000;

interface Launch {
  readonly launchKey: number;
  readonly runs: LogRuns;
  /** By run. */
  readonly names: Map<string, MetricNames>;
  /** By the path that the script's side named; null for what is no log. */
  readonly logs: Map<string, Log | null>;
  lookedAt: number;
}

/** Follows the logs that other trackers' loggers write in running launches: their values become the launch's own while it runs. */
export function logHooks(needs: LogNeeds): LaunchHooks {
  const launches = new Map<string, Launch>();

  async function look(watched: WatchedLaunch, final: boolean): Promise<void> {
    const launchKey = needs.store.read.launches.keyOf(watched.launchId);
    if (launchKey === undefined) return;
    const launch = launches.get(watched.launchId) ?? { launchKey, runs: new LogRuns(needs.store, watched), names: new Map(), logs: new Map(), lookedAt: Number.NEGATIVE_INFINITY };
    launches.set(watched.launchId, launch);
    if (!final && performance.now() - launch.lookedAt < LOOK_MS) return;
    const sources = needs.store.read.launches.sources(launchKey);
    for (const source of sources) if (!launch.logs.has(source.path)) await adopt(needs.store, launch, source);
    const logs = [...launch.logs.values()].filter((log) => log !== null);
    for (const source of sources) {
      const log = launch.logs.get(source.path) ?? null;
      if (log === null) continue;
      if (log.reading !== null && !final) continue;
      await log.reading;
      const now = signature(log.by.watch);
      if (now === log.seen && !final) continue;
      const look = new Look(needs, watched, { ...launch, logs }, log, final);
      if (log.by.run !== null) {
        if (!final && performance.now() < log.restUntil) continue;
        log.reading = apart(log, now, look);
        if (final) await log.reading;
        continue;
      }
      const all = await look.read();
      log.seen = all ? now : "unread";
    }
    launch.lookedAt = performance.now();
  }

  /** What the thread reads holds up neither printed lines nor other logs. */
  async function apart(log: Log, now: string, look: Look): Promise<void> {
    const began = performance.now();
    try {
      await look.readApart(needs.thread);
      log.seen = now;
    } catch (error) {
      needs.log(`${log.by.path}: ${error instanceof Error ? error.message : String(error)}`);
    }
    log.restUntil = performance.now() + Math.min(LONGEST_REST_MS, (performance.now() - began) * SHARE);
    log.reading = null;
  }

  return {
    onLook: async (watched, final) => (final ? undefined : look(watched, false)),
    async onEnded(watched) {
      await look(watched, true);
      launches.delete(watched.launchId);
    },
  };
}

/** Notes a log in the launch; null for what is none; nothing where its first line is not there yet. */
async function adopt(store: Store, launch: Launch, { path, start, keys, rank = 0, within, runId }: FollowedSource): Promise<void> {
  const by = await followedBy(path);
  if (by === "wait") return;
  const logs = [...launch.logs.values()].filter((log) => log !== null);
  // One file may be named by two paths: one side follows links, the other does not.
  const isDouble = by !== null && logs.some((log) => log.by.group === by.group && log.by.path === by.path || (log.by.reader === by.reader && basename(log.path) === basename(path) && isSameFile(log.by.path, by.path)));
  if (by === null || isDouble) {
    launch.logs.set(path, null);
    return;
  }
  const places = store.read.launches.sourcePlaces(launch.launchKey, path);
  // An engine before this one took values in: then it knew where they belong.
  const run = runId ?? (keys.length > 0 || places.size > 0 ? OWN : null);
  const log: Log = { path, by, rank, within: within ?? null, run, unit: null, place: null, said: null, keys: new Set(keys), places, seen: "unread", names: new Map(), notes: 0, reading: null, restUntil: 0, hasValues: run !== null };
  launch.logs.set(path, log);
  if (run !== null) {
    log.unit = placeOf(log, null, [...logs, log], true)?.unit ?? null;
    namesOf(launch.names, run).restore(keys, by.group, by.reader.format);
  }
  // What was in the file before this launch is another one's.
  if (start > 0 && log.places.size === 0) log.places.set(path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1), { inode: -1, offset: start });
}

function isSameFile(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false, bigint: true }));
  return first !== undefined && second !== undefined && first.ino === second.ino && first.dev === second.dev;
}

function signature(paths: readonly string[]): string {
  const all = paths.map((path) => statSync(path, { throwIfNoEntry: false }));
  return all.map((stats) => (stats === undefined ? "" : `${stats.ino} ${stats.size} ${stats.mtimeMs}`)).join();
}
