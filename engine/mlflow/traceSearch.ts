import { type Steps, inTurns } from "../runs/turns.ts";
import type { AssessmentRow } from "../store/operations/traces.ts";
import type { SpanFacts, TraceRecord } from "../store/read/traces.ts";
import type { Readers } from "../store/store.ts";
import { traceKeys } from "../traces/keys.ts";
import { isMap, pythonLoadsOr } from "../traces/pythonJson.ts";
import type { Fields } from "./fields.ts";
import { type FindScope, type Finder, finder } from "./find.ts";
import { type PagePlace, page, pageSize, pageToken, placeOf } from "./limits.ts";
import { inOrder } from "./textOrder.ts";

/**
 * What a filter tests at once: a trace and one of its spans. A trace passes where one of its candidates does, so that all tests of
 * `span` mean the same span. Of several values of one name (two judges may both have said `feedback.quality`) each test asks for one.
 */
interface Candidate {
  readonly trace: TraceRecord;
  readonly span: SpanFacts | null;
}

/** What is searched for: the newest come first where nothing else is asked. */
export interface TraceQuery {
  readonly filter: string;
  readonly orderBy: readonly string[];
}

/** Traces that are read at a time: others may have their turn in between. */
const SOME = 200;
/** A search is short; nobody stops one. */
const endless = new AbortController().signal;

/** Keys of the traces of some experiments that pass the filter. Throws `EXPRESSION`. */
export function tracesFound(read: Readers, experimentIds: readonly number[], filter: string): Promise<ReadonlySet<number>> {
  const search = new TraceSearch(read, experimentIds, { filter, orderBy: [] });
  return inTurns(search.keys(), endless);
}

/** A page of traces of some experiments that pass the filter, in order. Throws `EXPRESSION`, and MLflow's messages for the page. */
export async function tracePage(read: Readers, experimentIds: readonly number[], query: TraceQuery, fields: Fields): Promise<{ items: readonly TraceRecord[]; next: { next_page_token?: string } }> {
  const search = new TraceSearch(read, experimentIds, query);
  if (query.orderBy.length === 0) return inTurns(search.newest(pageSize(fields, STANDARD, MOST), placeOf(fields.anyText("page_token"))), endless);
  const { items, next } = page(await inTurns(search.ordered(), endless), fields, STANDARD, MOST, (traceId) => traceId);
  return { items: items.flatMap((traceId) => read.traces.byId(traceId) ?? []), next };
}

const STANDARD = 100;
const MOST = 500;

class TraceSearch {
  readonly #read: Readers;
  readonly #experimentIds: readonly number[];
  readonly #facts: Facts;
  readonly #finder: Finder<Candidate>;

  constructor(read: Readers, experimentIds: readonly number[], query: TraceQuery) {
    this.#read = read;
    this.#experimentIds = [...new Set(experimentIds)];
    this.#facts = new Facts(read);
    this.#finder = finder(scopeOf(this.#facts), query);
    this.#facts.wanted(this.#finder.names);
  }

  *keys(): Steps<ReadonlySet<number>> {
    const found = new Set<number>();
    yield* this.#each(null, ({ traceKey }) => found.add(traceKey) !== null);
    return found;
  }

  /** No more is read than the page needs: it goes on behind the trace that the page before ended with. */
  *newest(size: number, { offset, after }: PagePlace): Steps<{ items: readonly TraceRecord[]; next: { next_page_token?: string } }> {
    const last = after === undefined ? undefined : this.#read.traces.byId(after);
    const behind = last !== undefined && this.#experimentIds.includes(last.experimentId) ? last : null;
    let skip = behind === null ? offset : 0;
    const items: TraceRecord[] = [];
    yield* this.#each(behind, (trace) => {
      if (skip > 0) skip--;
      else items.push(trace);
      return items.length <= size;
    }, this.#finder.names.size === 0 ? Math.min(SOME, skip + size + 1) : SOME);
    const ending = items[size - 1];
    if (items.length <= size || ending === undefined) return { items, next: {} };
    return { items: items.slice(0, size), next: { next_page_token: pageToken({ offset: offset + size, after: ending.traceId }) } };
  }

  /** Ids in the asked order: of all traces nothing more is kept than these and what they are ordered by. */
  *ordered(): Steps<readonly string[]> {
    const { values, order } = this.#finder;
    const found: { readonly traceId: string; readonly by: ReturnType<typeof values> }[] = [];
    yield* this.#each(null, ({ traceId }, passed) => {
      const [by] = passed.map(values).sort(order);
      if (by !== undefined) found.push({ traceId, by });
      return true;
    });
    return (yield* inOrder(found, (a, b) => order(a.by, b.by))).map(({ traceId }) => traceId);
  }

  /** Tells each trace that passes, the newest first, with those of its candidates that do, until `take` says that it is enough. */
  *#each(behind: TraceRecord | null, take: (trace: TraceRecord, passed: readonly Candidate[]) => boolean, atATime = SOME): Steps<void> {
    const queue = new Newest(this.#read, this.#experimentIds, behind);
    for (;;) {
      const some = queue.next(atATime);
      this.#facts.of(some);
      for (const trace of some) {
        const passed = this.#facts.candidates(trace).filter(this.#finder.keep);
        if (passed.length > 0 && !take(trace, passed)) return;
        yield;
      }
      if (some.length === 0) return;
    }
  }
}

interface Reading {
  readonly experimentId: number;
  rows: readonly TraceRecord[];
  at: number;
  behind: TraceRecord | null;
  over: boolean;
}

/** The traces of several experiments as one list, the newest first, read some at a time from each. */
class Newest {
  readonly #read: Readers;
  readonly #lists: readonly Reading[];

  constructor(read: Readers, experimentIds: readonly number[], behind: TraceRecord | null) {
    this.#read = read;
    this.#lists = experimentIds.map((experimentId) => ({ experimentId, rows: [], at: 0, behind, over: false }));
  }

  next(count: number): TraceRecord[] {
    const some: TraceRecord[] = [];
    const each = Math.ceil(count / Math.max(1, this.#lists.length));
    while (some.length < count) {
      let first: { readonly list: Reading; readonly head: TraceRecord } | null = null;
      for (const list of this.#lists) {
        if (list.at === list.rows.length && !list.over) {
          list.rows = this.#read.traces.page(list.experimentId, list.behind, each);
          [list.at, list.behind, list.over] = [0, list.rows.at(-1) ?? list.behind, list.rows.length < each];
        }
        const head = list.rows[list.at];
        if (head !== undefined && (first === null || isBefore(head, first.head))) first = { list, head };
      }
      if (first === null) break;
      first.list.at++;
      some.push(first.head);
    }
    return some;
  }
}

function isBefore(a: TraceRecord, b: TraceRecord): boolean {
  return a.time > b.time || (a.time === b.time && a.traceId < b.traceId);
}

function scopeOf(facts: Facts): FindScope<Candidate> {
  const text = (get: (candidate: Candidate) => string | null | undefined) => ({ kind: "string" as const, get: (candidate: Candidate) => get(candidate) ?? null });
  const several = (each: (candidate: Candidate) => readonly string[]) => ({ kind: "string" as const, each, get: (candidate: Candidate) => each(candidate)[0] ?? null });
  const said = (kind: "feedback" | "expectation") => {
    const each = ({ trace }: Candidate, key: string): string[] => facts.said(kind, key, trace);
    return { kind: "text" as const, each, get: (candidate: Candidate, key: string) => each(candidate, key)[0] ?? null, unordered: true as const };
  };
  const time = (get: (trace: TraceRecord) => number | null) => ({ kind: "time" as const, get: ({ trace }: Candidate) => get(trace) });
  const duration = { kind: "number" as const, get: ({ trace }: Candidate) => trace.duration };
  const began = time(({ time: start }) => start);
  const ended = time((trace) => trace.time + (trace.duration ?? 0));
  const metadata = { kind: "text" as const, get: ({ trace }: Candidate, key: string) => facts.value(trace, "metadata", key) };
  return {
    what: "A trace",
    attributes: {
      request_id: text(({ trace }) => trace.traceId),
      trace_id: text(({ trace }) => trace.traceId),
      experiment_id: { ...text(({ trace }) => facts.experimentId(trace)), unfiltered: true },
      timestamp: began,
      timestamp_ms: began,
      execution_time: duration,
      execution_time_ms: duration,
      end_time: ended,
      end_time_ms: ended,
      status: text(({ trace }) => (trace.state === "STATE_UNSPECIFIED" ? "TRACE_STATUS_UNSPECIFIED" : trace.state)),
      client_request_id: { ...text(({ trace }) => trace.clientRequestId), unordered: true },
      name: text(({ trace }) => facts.value(trace, "tag", traceKeys.name)),
      run_id: several(({ trace }) => facts.runsOf(trace)),
      prompt: { ...several(({ trace }) => facts.prompts.get(trace.traceKey) ?? []), unordered: true },
      text: { ...text(({ span }) => facts.content(span)), unordered: true },
    },
    entities: {
      tag: { kind: "text", get: ({ trace }, key) => facts.value(trace, "tag", key) },
      request_metadata: metadata,
      span: { kind: "text", get: ({ span }, key) => spanValue(facts, span, key), unordered: true },
      feedback: said("feedback"),
      expectation: said("expectation"),
      issue: { ...several(({ trace }) => facts.issues(trace)), kind: "text", keys: ["id"], unordered: true },
    },
    aliases: { tags: "tag", metadata: "request_metadata", attribute: "attributes", trace: "attributes" },
    order: ["timestamp_ms DESC", "request_id ASC"],
  };
}

function spanValue(facts: Facts, span: SpanFacts | null, key: string): string | null {
  if (span === null) return null;
  if (key === "name" || key === "type" || key === "status") return span[key];
  if (key === "content") return facts.content(span);
  if (!key.startsWith("attributes.")) return null;
  const whole = pythonLoadsOr(facts.content(span) ?? "");
  const attributes = isMap(whole) ? whole.get("attributes") : null;
  const json = isMap(attributes) ? attributes.get(key.slice("attributes.".length)) : undefined;
  if (typeof json !== "string") return null;
  const value = pythonLoadsOr(json);
  return typeof value === "string" ? value : json;
}

/** What hangs on some traces, read only as far as the query names it; the contents of spans one by one, when a test comes to them. */
class Facts {
  readonly #read: Readers;
  #names: ReadonlySet<string> = new Set();
  #among: ReturnType<Readers["traces"]["among"]>;
  #values = new Map<string, Map<number, string>>();
  #assessments: ReadonlyMap<number, readonly AssessmentRow[]> = new Map();
  #spans: ReadonlyMap<number, readonly SpanFacts[]> = new Map();
  #runs: ReadonlyMap<number, readonly string[]> = new Map();
  #content: { readonly span: SpanFacts; readonly json: string | null } | null = null;
  prompts: ReadonlyMap<number, readonly string[]> = new Map();

  constructor(read: Readers) {
    this.#read = read;
    this.#among = read.traces.among([]);
  }

  /** @param names - `entity.key` and `attributes.key` */
  wanted(names: ReadonlySet<string>): void {
    this.#names = names;
  }

  /** From now on it is about these traces. */
  of(traces: readonly TraceRecord[]): void {
    const among = this.#read.traces.among(traces.map(({ traceKey }) => traceKey));
    const named = (...entities: string[]): boolean => [...this.#names].some((name) => entities.some((entity) => name === entity || name.startsWith(`${entity}.`)));
    const links = (kind: "run" | "prompt") => new Map(Array.from(byTrace(among.links(kind)), ([key, list]) => [key, list.map(({ target }) => target)]));
    this.#among = among;
    this.#values = new Map();
    this.#spans = named("span", "attributes.text") ? byTrace(among.spans()) : new Map();
    this.#assessments = named("feedback", "expectation", "issue") ? byTrace(among.assessments().filter(({ valid }) => valid)) : new Map();
    this.#runs = named("attributes.run_id") ? links("run") : new Map();
    this.prompts = named("attributes.prompt") ? links("prompt") : new Map();
  }

  candidates(trace: TraceRecord): Candidate[] {
    return (this.#spans.get(trace.traceKey) ?? [null]).map((span) => ({ trace, span }));
  }

  content(span: SpanFacts | null): string | null {
    if (span === null) return null;
    if (this.#content?.span !== span) this.#content = { span, json: this.#read.traces.spanContent(span.traceKey, span.spanId) };
    return this.#content.json;
  }

  experimentId(trace: TraceRecord): string {
    return this.#read.experiments.idOf(trace.experimentId);
  }

  value(trace: TraceRecord, kind: "tag" | "metadata", key: string): string | null {
    const place = `${kind} ${key}`;
    let values = this.#values.get(place);
    if (values === undefined) {
      values = this.#among.values(kind, key);
      this.#values.set(place, values);
    }
    return values.get(trace.traceKey) ?? null;
  }

  /** A trace's own run counts beside those that it is linked to. */
  runsOf(trace: TraceRecord): string[] {
    const own = this.value(trace, "metadata", traceKeys.sourceRun);
    return [...(this.#runs.get(trace.traceKey) ?? []), ...(own === null ? [] : [own])];
  }

  /** An issue's id is the name of the assessment. */
  issues({ traceKey }: TraceRecord): string[] {
    return (this.#assessments.get(traceKey) ?? []).filter(({ kind }) => kind === "issue").map(({ name }) => name);
  }

  said(kind: AssessmentRow["kind"], name: string, { traceKey }: TraceRecord): string[] {
    const rows = (this.#assessments.get(traceKey) ?? []).filter((row) => row.kind === kind && row.name === name);
    return rows.map((row) => {
      const value = pythonLoadsOr(row.value);
      return typeof value === "string" ? value : row.value;
    });
  }
}

function byTrace<T extends { readonly traceKey: number }>(rows: readonly T[]): Map<number, T[]> {
  const lists = new Map<number, T[]>();
  for (const row of rows) {
    const list = lists.get(row.traceKey);
    if (list) list.push(row);
    else lists.set(row.traceKey, [row]);
  }
  return lists;
}
