import type { RunRecord } from "../store/records.ts";
import { sourceRank } from "../store/shownParams.ts";
import type { Readers } from "../store/store.ts";
import type { RunPage } from "./route.ts";
import { datasetInput, listed, runInfo, runName, wireNumber } from "./shapes.ts";

/** Letters of a piece: a millisecond or two, after which others get their turn. */
const PIECE = 64 * 1024;

const RUN_NAME_TAG = "mlflow.runName";

/** @param linked - Whether it has data sets or models. */
type RunWriter = (run: RunRecord, linked: boolean) => string;

/**
 * Writes runs as `runs/search` answers with them. A page holds thousands of runs with scores of values each, so that
 * values go from the store's rows to text without an object in between.
 */
export function runWriter(read: Readers): RunWriter {
  const keys: string[] = [];
  const keyOf = (id: number): string => (keys[id] ??= JSON.stringify(read.runs.keyName(id)));

  return (run, linked) => {
    const { latest, params, tags } = read.runs.rows(run.runKey);
    let metricsText = "";
    for (const [key, value, step, time] of latest) {
      const number = typeof value === "number" ? wireNumber(value) : "NaN";
      metricsText += `${metricsText === "" ? "" : ","}{"key":${keyOf(key)},"value":${typeof number === "number" ? String(number) : `"${number}"`},"timestamp":${time},"step":${step}}`;
    }
    let tagsText = "";
    let named = false;
    for (const [key, value] of tags) {
      named ||= keyOf(key) === `"${RUN_NAME_TAG}"`;
      tagsText += `${tagsText === "" ? "" : ","}{"key":${keyOf(key)},"value":${JSON.stringify(value)}}`;
    }
    if (!named) tagsText += `${tagsText === "" ? "" : ","}{"key":"${RUN_NAME_TAG}","value":${JSON.stringify(runName(run))}}`;
    const data = [field("metrics", metricsText), field("params", paramsText(params, keyOf)), field("tags", tagsText)].filter((text) => text !== "").join(",");
    const info = `"info":${JSON.stringify(runInfo(run, read))},"data":{${data}}`;
    if (!linked) return `{${info},"inputs":{},"outputs":{}}`;
    const inputs = listed("dataset_inputs", read.models.datasets(run.runKey).map(datasetInput));
    const outputs = listed("model_outputs", read.models.links(run.runKey, "output").map(({ modelId, step }) => ({ model_id: modelId, step })));
    return `{${info},"inputs":${JSON.stringify(inputs)},"outputs":${JSON.stringify(outputs)}}`;
  };
}

/** The body of a page, in pieces of some runs each. Nothing is a list without a run. */
export function* runPage({ runs, next }: RunPage, read: Readers, write: RunWriter): Generator<string> {
  const linked = read.models.linked(runs.map(({ runKey }) => runKey));
  let piece = runs.length === 0 ? "{" : '{"runs":[';
  for (const [i, run] of runs.entries()) {
    piece += (i === 0 ? "" : ",") + write(run, linked.has(run.runKey));
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  yield `${piece}${runs.length === 0 ? "" : "]"}${next === undefined ? "" : `,"next_page_token":${JSON.stringify(next)}`}}`;
}

/** Of several sources of a key the one that the screens show: `shownParams` of bare rows. */
function paramsText(rows: ReturnType<Readers["runs"]["rows"]>["params"], keyOf: (id: number) => string): string {
  let text = "";
  for (let i = 0; i < rows.length; ) {
    const first = rows[i];
    if (first === undefined) break;
    let chosen = first;
    for (i++; rows[i]?.[0] === first[0]; i++) {
      const other = rows[i];
      if (other !== undefined && sourceRank(other[1]) < sourceRank(chosen[1])) chosen = other;
    }
    text += `${text === "" ? "" : ","}{"key":${keyOf(first[0])},"value":${JSON.stringify(chosen[2])}}`;
  }
  return text;
}

function field(name: string, items: string): string {
  return items === "" ? "" : `"${name}":[${items}]`;
}
