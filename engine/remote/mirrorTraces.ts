import type { TraceSource } from "../importers/records.ts";
import type { ImportedItem } from "../store/operations/imports.ts";
import { traceKeys } from "../traces/keys.ts";
import { dropGone, inParallel, isKnown, isTheirs, type Mirroring } from "./mirrored.ts";
import { groupsOf } from "./read.ts";
import { remoteTraces, spansSaid } from "./readTraces.ts";

/** Spans may come after the trace itself: so long after its beginning they are asked for again, at a look at everything and at what is new. */
const LATE_MS = { everything: 60 * 60_000, news: 60_000 };

/** The traces of a server's experiments with their spans: a page of traces is stored whole, and one that did not change is not asked for again. */
export class TraceMirror {
  readonly #mirroring: Mirroring;

  constructor(mirroring: Mirroring) {
    this.#mirroring = mirroring;
  }

  /** All of them. Gives how many were seen after each page, as one may go on with it later; what is gone there goes with the last one. */
  async *everything(experiments: readonly string[], signal: AbortSignal): AsyncGenerator<number, void> {
    const { server } = this.#mirroring;
    const seen = new Set<string>();
    for (const group of groupsOf(experiments)) {
      for await (const traces of remoteTraces(server, group, signal)) {
        for (const { trace } of traces) seen.add(trace);
        await this.#take(traces, LATE_MS.everything, signal);
        yield seen.size;
      }
    }
    await dropGone(this.#mirroring, "trace", seen, (id) => server.get(`3.0/traces/${encodeURIComponent(id)}`, {}, signal));
  }

  /** The newest ones, and all that came since the last look. */
  async news(experiments: readonly string[], signal: AbortSignal): Promise<void> {
    for (const group of groupsOf(experiments)) {
      for await (const traces of remoteTraces(this.#mirroring.server, group, signal)) {
        const isFresh = traces.some((one) => !isTheirs(this.#mirroring, itemOf(one)));
        await this.#take(traces, LATE_MS.news, signal);
        if (!isFresh) break;
      }
    }
  }

  async #take(traces: readonly TraceSource[], late: number, signal: AbortSignal): Promise<void> {
    const { store, server, write, pushed } = this.#mirroring;
    const whole: TraceSource[] = [];
    await inParallel(traces, async (said) => {
      const item = itemOf(said);
      // What was pushed from here, or came from elsewhere under the same id, stands here already.
      if (store.read.traces.byId(said.trace) !== undefined && !isTheirs(this.#mirroring, item)) return;
      const mark = JSON.stringify(said);
      if (isKnown(this.#mirroring, item, mark)) return;
      const young = Date.now() - said.time < late;
      if (!young && isKnown(this.#mirroring, item, withoutSpans(mark))) return;
      const spans = await server.traceData(said.trace, signal);
      const isWhole = spans !== null && spans.split('"span_id"').length > Math.max(1, spansSaid(said));
      whole.push({ ...said, spans, mark: isWhole ? mark : withoutSpans(mark), metadata: said.metadata.map(({ key, value }) => ({ key, value: key === traceKeys.sourceRun ? (pushed.get(value) ?? value) : value })) });
    });
    await write(whole);
  }
}

const itemOf = ({ trace }: TraceSource): ImportedItem => ({ kind: "trace", key: trace });
const withoutSpans = (mark: string): string => `${mark} without all spans`;
