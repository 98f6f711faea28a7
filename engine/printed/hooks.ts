import type { LaunchHooks, StreamLine, WatchedLaunch } from "../launches/hooks.ts";
import { logSize, readLogThrough } from "../launches/logReader.ts";
import type { LaunchMetric } from "../store/operations.ts";
import type { Store } from "../store/store.ts";
import { LogParser, type PrintedMetric } from "./parser.ts";

/** After a restart of the engine so much of the log before the new lines is read again, for headings, tables and counters. */
const LOOK_BACK_BYTES = 1024 * 1024;
/** Lines between two looks at what else the engine has to do. */
const LINES_A_TURN = 200;

/** Metrics that a script prints. The store drops those of a key that the script also logs. */
export function printedHooks(store: Store): LaunchHooks {
  const parsers = new Map<string, LogParser>();

  function isStored(launchId: string, { key, value, step }: PrintedMetric): boolean {
    const runKey = store.read.launches.byId(launchId)?.runKey ?? null;
    return runKey !== null && store.read.metrics.points(runKey, key).some((point) => Object.is(point.value, value) && (step === null || point.step === step));
  }

  async function parserOf(launch: WatchedLaunch, first: Pick<StreamLine, "offset">): Promise<LogParser> {
    const known = parsers.get(launch.launchId);
    if (known) return known;
    const parser = new LogParser();
    parsers.set(launch.launchId, parser);
    if (first.offset > 0) {
      const from = Math.max(0, first.offset - LOOK_BACK_BYTES);
      const { data } = readLogThrough(launch.files, from, first.offset - from);
      await feed(parser, lookedBack(new TextDecoder().decode(data)));
    }
    return parser;
  }

  return {
    async onLogLines(launch, lines) {
      const [first] = lines;
      if (first === undefined) return {};
      const found = await feed(await parserOf(launch, first), lines);
      return found.length > 0 ? { metrics: found.map(stored) } : {};
    },

    async onEnded(launch) {
      const { launchId } = launch;
      const known = parsers.get(launchId);
      // An earlier engine read the last lines: what they leave is found again, and may be stored already.
      const parser = known ?? (await parserOf(launch, { offset: logSize(launch.files) }));
      const left = parser.end().filter((metric) => known !== undefined || !isStored(launchId, metric));
      parsers.delete(launchId);
      if (left.length > 0) await store.write("launch.captured", { launchId, metrics: left.map(stored) });
    },
  };
}

function lookedBack(text: string): Pick<StreamLine, "text" | "redrawn">[] {
  const pieces = text.match(/[^\r\n]*(?:\r\n|\r|\n)/g) ?? [];
  return pieces.map((piece) => ({ text: piece.replace(/[\r\n]+$/, ""), ...(piece.endsWith("\r") ? { redrawn: true as const } : {}) }));
}

async function feed(parser: LogParser, lines: readonly Pick<StreamLine, "text" | "redrawn">[]): Promise<PrintedMetric[]> {
  const found: PrintedMetric[] = [];
  for (const [index, line] of lines.entries()) {
    found.push(...parser.push(line.text, line.redrawn === true));
    if (index % LINES_A_TURN === LINES_A_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}

function stored({ key, value, step }: PrintedMetric): LaunchMetric {
  return { key, value, step, time: Date.now(), origin: "printed" };
}
