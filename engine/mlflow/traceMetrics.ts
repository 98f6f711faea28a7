import type { Readers } from "../store/store.ts";
import { traceKeys } from "../traces/keys.ts";
import { invalid } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { listed } from "./shapes.ts";
import { type Measured, measuredOf, views } from "./traceMeasures.ts";

const DEFAULT_RESULTS = 1000;
const aggregations = ["COUNT", "SUM", "AVG", "MIN", "MAX", "PERCENTILE"];

/** One figure that is asked for, e.g. `P50.0` over all values. */
interface Aggregation {
  readonly label: string;
  readonly type: string;
  readonly percentile: number;
}

/** Answers `3.0/traces/metrics`: counts and figures of traces, spans or assessments by their names, states and time. */
export function traceMetrics(fields: Fields, experimentIds: readonly number[], read: Readers): object {
  const view = viewOf(fields.enumeration("view_type"));
  const metric = fields.text("metric_name");
  if (!fields.has("aggregations")) fields.text("aggregations");
  const asked = fields.list("aggregations", aggregationOf);
  const dimensions = fields.texts("dimensions");
  const known = views[view][metric];
  if (known === undefined) throw invalid(`metric_name must be one of [${quoted(Object.keys(views[view]))}], got '${metric}'`);
  const wrong = asked.map(({ type }) => type).filter((type) => !known.aggregations.includes(type));
  if (wrong.length > 0) throw invalid(`Found invalid aggregation_type(s): [${quoted(wrong.sort())}]. Supported aggregation types: [${quoted([...known.aggregations].sort())}]`);
  const others = dimensions.filter((name) => !known.dimensions.includes(name));
  if (others.length > 0) throw invalid(`Found invalid dimension(s): [${quoted(others.sort())}]. Supported dimensions: [${quoted([...known.dimensions].sort())}]`);
  const interval = fields.optionalInteger("time_interval_seconds") ?? 0;
  const [from, to] = [fields.optionalInteger("start_time_ms"), fields.optionalInteger("end_time_ms")];
  if (interval > 0 && (from === undefined || to === undefined)) throw invalid("start_time_ms and end_time_ms are required if time_interval_seconds is set");

  const keep = fields.texts("filters").map((text) => filterOf(text, view));
  const rows = measuredOf(view, metric, experimentIds, read).filter((row) => (from === undefined || row.range >= from) && (to === undefined || row.range <= to) && keep.every((test) => test(row)));
  const groups = new Map<string, { readonly names: readonly string[]; readonly values: Measured[] }>();
  for (const row of rows) {
    const bucket = interval > 0 ? [Math.floor(row.time / (interval * 1000)) * interval * 1000] : [];
    const names = dimensions.map((name) => row.dimensions[name] ?? null);
    if (row.value === null || names.includes(null)) continue;
    const place = JSON.stringify([...bucket, ...names]);
    const group = groups.get(place);
    if (group) group.values.push(row);
    else groups.set(place, { names: [...bucket.map((ms) => new Date(ms).toISOString().replace(/(?:\.(\d{3}))?Z$/, (_, part: string) => `${part === "000" ? "" : `.${part}000`}+00:00`)), ...names.map(String)], values: [row] });
  }
  // A count of nothing is a figure too.
  if (groups.size === 0 && interval <= 0 && dimensions.length === 0 && asked.some(({ type }) => type === "COUNT")) groups.set("[]", { names: [], values: [] });
  const keys = [...(interval > 0 ? ["time_bucket"] : []), ...dimensions];
  const points = [...groups.values()].sort((a, b) => byNames(a.names, b.names)).slice(0, fields.optionalInteger("max_results") ?? DEFAULT_RESULTS);
  return listed("data_points", points.map(({ names, values }) => ({
    metric_name: metric,
    ...(keys.length === 0 ? {} : { dimensions: Object.fromEntries(keys.map((key, at) => [key, names[at]])) }),
    values: Object.fromEntries(asked.flatMap((one) => {
      const figure = aggregate(one, metric, values);
      return figure === null ? [] : [[one.label, figure]];
    })),
  })));
}

function byNames(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((name, index) => name !== b[index]);
  return at < 0 ? 0 : (a[at] ?? "") < (b[at] ?? "") ? -1 : 1;
}

function viewOf(given: string): keyof typeof views {
  const name = given === "" ? "" : (["VIEW_TYPE_UNSPECIFIED", "TRACES", "SPANS", "ASSESSMENTS"][Number(given)] ?? given);
  if (name === "TRACES" || name === "SPANS" || name === "ASSESSMENTS") return name;
  throw invalid(name === "" ? "Missing value for required parameter 'view_type'. See the API docs for more information about request parameters." : `view_type must be one of ['TRACES', 'SPANS', 'ASSESSMENTS'], got '${name}'`);
}

function aggregationOf(fields: Fields): Aggregation {
  const given = fields.enumeration("aggregation_type");
  const type = aggregations[Number(given) - 1] ?? given;
  if (!aggregations.includes(type)) throw invalid(`Unsupported aggregation type: ${given}`);
  if (type !== "PERCENTILE") return { label: type, type, percentile: 0 };
  if (!fields.has("percentile_value")) throw invalid("Percentile value is required for PERCENTILE aggregation");
  const percentile = fields.double("percentile_value");
  if (!(percentile >= 0 && percentile <= 100)) throw invalid(`Percentile value must be between 0 and 100, got ${percentile}`);
  return { label: `P${Number.isInteger(percentile) ? `${percentile}.0` : percentile}`, type, percentile };
}

function aggregate({ type, percentile }: Aggregation, metric: string, rows: readonly Measured[]): number | null {
  if (type === "COUNT") return metric === "session_count" ? new Set(rows.map(({ label }) => label)).size : rows.length;
  const values = rows.flatMap(({ value }) => value ?? []).sort((a, b) => a - b);
  const sum = values.reduce((total, value) => total + value, 0);
  if (values.length === 0) return null;
  if (type === "SUM") return sum;
  if (type === "AVG") return sum / values.length;
  if (type === "MIN") return values[0] ?? null;
  if (type === "MAX") return values.at(-1) ?? null;
  // Between the two nearest values, as numpy's default has it.
  const place = (percentile / 100) * (values.length - 1);
  const [low, high] = [values[Math.floor(place)] ?? 0, values[Math.ceil(place)] ?? 0];
  return low + (high - low) * (place - Math.floor(place));
}

/** `trace.status = 'OK'`, `trace.tag.key = 'x'`, `span.name = 'x'`, `assessment.name = 'x'`: equality is all there is. */
function filterOf(text: string, view: keyof typeof views): (row: Measured) => boolean {
  const [, of, entity, rest, value] = /^\s*(trace|span|assessment)\.(\w+)(?:\.(.+?))?\s*=\s*(?:'([^']*)'|"[^"]*")\s*$/s.exec(text.replace(/"([^"]*)"\s*$/, "'$1'")) ?? [];
  if (of === undefined || entity === undefined || value === undefined) throw invalid(`Invalid filter '${text}'. Expected \`trace.status\`, \`trace.tag.<key>\`, \`trace.metadata.<key>\`, \`span.name|type|status\` or \`assessment.name|type\`, = and a quoted text.`);
  const key = rest?.replace(/^[`"](.*)[`"]$/, "$1");
  if (of === "span" && view !== "SPANS") throw invalid(`Filtering by span is only supported for SPANS view type, got ${view}`);
  if (of === "assessment" && view !== "ASSESSMENTS") throw invalid(`Filtering by assessment is only supported for ASSESSMENTS view type, got ${view}`);
  if (of === "trace" && (entity === "tag" || entity === "metadata") && key !== undefined) {
    return (row) => row.valueOf(entity, key) === value || (entity === "metadata" && key === traceKeys.sourceRun && row.runs().includes(value));
  }
  if (key === undefined && (of === "trace" ? entity === "status" : entity === "name" || entity === "type" || (of === "span" && entity === "status"))) return (row) => row.dimensions[`${of}_${entity}`] === value;
  throw invalid(`Invalid filter '${text}': a ${of} has no ${entity} to filter by.`);
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(", ");
}
