import { TouchstoneError } from "../../api/tokens.ts";
import { traceKeys } from "../../traces/keys.ts";
import { type UsageNode, totalCost, totalTokens } from "../../traces/usage.ts";
import type { TagValue } from "../operations.ts";
import { SERVER_FORMAT } from "../records.ts";
import type { SpanRow, TraceOperations, TraceSpans, TraceStart } from "../operations/traces.ts";
import { experimentReads } from "../read/experiments.ts";
import { type TraceRecord, traceReads } from "../read/traces.ts";
import type { Handlers, WriteContext } from "./context.ts";
import { assessmentWrites } from "./assessments.ts";
import { serverItems } from "./servers.ts";

const NANOS_PER_MS = 1_000_000n;

type WholeTrace = Omit<TraceStart, "experimentId" | "launchId">;

/** Writes of traces and their spans, as MLflow's SQL store merges them: spans and the trace itself come in any order, and more than once. */
export function traceWrites(context: WriteContext) {
  const { db, keys } = context;
  const reads = traceReads(db);
  const servers = serverItems(context);
  const experiments = experimentReads(db);
  const assessments = assessmentWrites(context);
  const insert = db.prepare(
    `INSERT INTO traces (trace_id, experiment_id, time, duration, state, client_request_id, request_preview, response_preview, request)
     VALUES (@traceId, @experimentId, @time, @duration, @state, @clientRequestId, @requestPreview, @responsePreview, @request)`,
  );
  const replace = db.prepare(
    `UPDATE traces SET experiment_id = @experimentId, time = @time, duration = @duration, state = @state, client_request_id = @clientRequestId,
       request_preview = coalesce(@requestPreview, request_preview), response_preview = coalesce(@responsePreview, response_preview) WHERE trace_key = @traceKey`,
  );
  const widen = db.prepare(
    `UPDATE traces SET time = @time, duration = @duration, state = @state, request_preview = coalesce(request_preview, @requestPreview),
       response_preview = coalesce(response_preview, @responsePreview) WHERE trace_key = @traceKey`,
  );
  const finish = db.prepare("UPDATE traces SET duration = coalesce(@end - time, duration), state = coalesce(@state, state) WHERE trace_key = @traceKey");
  const launchExperiment = db.prepare<[string], { id: number }>("SELECT experiment_id AS id FROM launches WHERE launch_id = ?");
  const putValue = db.prepare<[number, string, number, string]>(
    "INSERT INTO trace_values (trace_key, kind, key_id, value) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const addValue = db.prepare<[number, string, number, string]>("INSERT OR IGNORE INTO trace_values (trace_key, kind, key_id, value) VALUES (?, ?, ?, ?)");
  const dropValue = db.prepare<[number, string, number]>("DELETE FROM trace_values WHERE trace_key = ? AND kind = ? AND key_id = ?");
  const putSpan = db.prepare(
    `INSERT OR REPLACE INTO spans (trace_key, span_id, parent_id, name, type, status, start, end, content, usage, cost)
     VALUES (@traceKey, @spanId, @parentId, @name, @type, @status, @start, @end, @content, @usage, @cost)`,
  );
  const said = db.prepare<[number], { spanId: string; parentId: string | null; usage: string | null; cost: string | null }>(
    "SELECT span_id AS spanId, parent_id AS parentId, usage, cost FROM spans WHERE trace_key = ?",
  );
  const link = db.prepare<[number, string, string]>("INSERT OR IGNORE INTO trace_links (trace_key, kind, target) VALUES (?, ?, ?)");
  const dropValues = db.prepare<[number]>("DELETE FROM trace_values WHERE trace_key = ?");
  // Those of a server are not ours to delete.
  const old = db.prepare<{ experimentId: number; until: number | null; limit: number; ids: string | null }, { traceKey: number; traceId: string }>(
    `SELECT trace_key AS traceKey, trace_id AS traceId FROM traces WHERE experiment_id = @experimentId AND (@until IS NULL OR time <= @until)
       AND (@ids IS NULL OR trace_id IN (SELECT value FROM json_each(@ids)))
       AND NOT EXISTS (SELECT 1 FROM sources s JOIN source_items i ON i.source_key = s.source_key AND i.kind = 'trace' AND i.key = trace_id WHERE s.format = '${SERVER_FORMAT}')
     ORDER BY time, trace_id LIMIT @limit`,
  );
  const remove = db.prepare<[number]>("DELETE FROM traces WHERE trace_key = ?");
  const removeArtifacts = db.prepare<[string]>("DELETE FROM artifacts WHERE root = ?");

  const existing = (traceId: string): TraceRecord => {
    const found = reads.byId(traceId);
    if (!found) throw new TouchstoneError({ code: "TRACE_NOT_FOUND", message: `Trace with ID '${traceId}' not found.` });
    return found;
  };
  const experimentOf = (given: string, launchId: string | undefined): number => {
    const found = (given === "0" && launchId !== undefined ? launchExperiment.get(launchId)?.id : undefined) ?? experiments.find(given)?.experimentId;
    if (found === undefined) throw new TouchstoneError({ code: "EXPERIMENT_NOT_FOUND", message: `No Experiment with id=${given} exists` });
    return found;
  };
  const put = (traceKey: number, kind: "tag" | "metadata", list: readonly TagValue[]): void => {
    for (const { key, value } of list) putValue.run(traceKey, kind, keys.of(key), value);
  };

  const located = (traceKey: number, experimentId: number, traceId: string): void => put(traceKey, "tag", [{ key: traceKeys.artifactLocation, value: `${experiments.rootOf(experimentId)}/traces/${traceId}/artifacts` }]);

  function start(input: WholeTrace, experimentId: number): number {
    const { tags, metadata, assessments: rows, ...row } = input;
    const values = { ...row, experimentId, request: input.request ?? null };
    const before = reads.byId(input.traceId);
    const traceKey = before?.traceKey ?? Number(insert.run(values).lastInsertRowid);
    if (before) replace.run({ ...values, traceKey });
    put(traceKey, "tag", tags);
    located(traceKey, experimentId, input.traceId);
    put(traceKey, "metadata", metadata);
    for (const assessment of rows) assessments.put(traceKey, assessment);
    return traceKey;
  }

  /** The trace of some spans, as wide as they reach. */
  function reach(batch: TraceSpans, experimentId: number): number {
    const { root } = batch;
    const time = Number(batch.spans.reduce((least, span) => (span.start < least ? span.start : least), batch.spans[0]?.start ?? 0n) / NANOS_PER_MS);
    const end = Number(batch.spans.reduce((greatest, span) => (span.end > greatest ? span.end : greatest), 0n) / NANOS_PER_MS);
    const previews = { requestPreview: root?.requestPreview ?? null, responsePreview: root?.responsePreview ?? null };
    const before = reads.byId(batch.traceId);
    if (!before) {
      const row = { traceId: batch.traceId, experimentId, time, duration: end === 0 ? null : end - time, state: root?.state ?? "IN_PROGRESS", clientRequestId: null, ...previews, request: null };
      const traceKey = Number(insert.run(row).lastInsertRowid);
      located(traceKey, experimentId, batch.traceId);
      return traceKey;
    }
    // What the client said of the whole trace stands, where these spans also bring tokens, cost or a session (as the reference has it).
    const settled = batch.spans.some(({ usage, cost }) => usage !== null || cost !== null) && reads.value(before.traceKey, "metadata", traceKeys.finalized) !== undefined;
    const begin = settled ? before.time : Math.min(before.time, time);
    const last = Math.max(end, before.duration === null ? 0 : before.time + before.duration);
    const open = before.state === "IN_PROGRESS" || before.state === "STATE_UNSPECIFIED";
    widen.run({
      traceKey: before.traceKey,
      time: begin,
      duration: settled || last === 0 ? before.duration : last - begin,
      state: open ? (root?.state ?? before.state) : before.state,
      ...previews,
    });
    return before.traceKey;
  }

  /** Tokens and cost of the trace, counted anew over all its spans, unless the client has said them. */
  function count(traceKey: number, batch: TraceSpans): void {
    const finalized = reads.value(traceKey, "metadata", traceKeys.finalized) !== undefined;
    for (const [part, key, sum] of [["usage", traceKeys.tokenUsage, totalTokens], ["cost", traceKeys.cost, totalCost]] as const) {
      if (!batch.spans.some((span) => span[part] !== null)) continue;
      if (finalized && reads.value(traceKey, "metadata", key) !== undefined) continue;
      const all = sum(said.all(traceKey).map(({ spanId, parentId, [part]: text }): UsageNode => ({ spanId, parentId, data: text === null ? null : JSON.parse(text) })));
      if (all) putValue.run(traceKey, "metadata", keys.of(key), spaced(all));
    }
  }

  function drop(traceKey: number, traceId: string): void {
    remove.run(traceKey);
    removeArtifacts.run(`trace:${traceId}`);
  }

  const refuseServers = (traceId: string): void => servers.refuse("trace", traceId, `The trace ${traceId}`);

  const handlers: Pick<Handlers, keyof TraceOperations> = {
    ...assessments.handlers,
    "trace.start"(input) {
      const { launchId, ...trace } = input;
      start(trace, experimentOf(input.experimentId, launchId));
      return null;
    },
    "trace.spans"({ experimentId, launchId, traces, runId }) {
      for (const batch of traces) {
        const traceKey = reach(batch, experimentOf(experimentId, launchId));
        for (const span of batch.spans) putSpan.run({ ...span, traceKey });
        count(traceKey, batch);
        for (const { key, value } of batch.metadata) addValue.run(traceKey, "metadata", keys.of(key), value);
        put(traceKey, "tag", batch.tags);
        if (runId !== undefined && batch.root) link.run(traceKey, "run", runId);
      }
      return null;
    },
    "trace.update"({ traceId, setTags, deleteTags, setMetadata, end, state }) {
      refuseServers(traceId);
      const { traceKey } = existing(traceId);
      if (end !== undefined || state !== undefined) finish.run({ traceKey, end: end ?? null, state: state ?? null });
      put(traceKey, "metadata", setMetadata ?? []);
      put(traceKey, "tag", setTags ?? []);
      for (const key of deleteTags ?? []) {
        if (dropValue.run(traceKey, "tag", keys.of(key)).changes === 0) {
          throw new TouchstoneError({ code: "TAG_NOT_FOUND", message: `No trace tag with key '${key}' for trace with ID '${traceId}'` });
        }
      }
      return null;
    },
    "trace.delete"({ experimentId, until, limit, traceIds }) {
      for (const traceId of traceIds ?? []) refuseServers(traceId);
      const gone = old.all({ experimentId: experimentOf(experimentId, undefined), until: until ?? null, limit: limit ?? -1, ids: traceIds === undefined ? null : JSON.stringify(traceIds) });
      for (const { traceKey, traceId } of gone) drop(traceKey, traceId);
      return { traceIds: gone.map(({ traceId }) => traceId) };
    },
    "trace.link"({ traceIds, kind, targets }) {
      for (const traceId of traceIds) {
        const found = reads.byId(traceId);
        if (found) for (const target of targets) link.run(found.traceKey, kind, target);
      }
      return null;
    },
  };

  return {
    handlers,
    /** A trace of another store, with all its spans. @param isExact tags, metadata and assessments that it does not have go */
    takeOver(trace: WholeTrace, experimentId: number, spans: readonly SpanRow[], isExact: boolean): void {
      const before = isExact ? reads.byId(trace.traceId) : undefined;
      if (before) {
        dropValues.run(before.traceKey);
        assessments.dropAll(before.traceKey);
      }
      const traceKey = start(trace, experimentId);
      for (const span of spans) putSpan.run({ ...span, traceKey });
    },
    /** One that is not there is no error. */
    drop(traceId: string): void {
      const found = reads.byId(traceId);
      if (found) drop(found.traceKey, traceId);
    },
  };
}

export type TraceWrites = ReturnType<typeof traceWrites>;

/** Numbers by key as Python writes them. */
function spaced(values: Readonly<Record<string, number>>): string {
  return `{${Object.entries(values).map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(", ")}}`;
}
