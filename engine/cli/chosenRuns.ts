import { experimentsList, runsWindow, type RunQuery } from "../api/runs.ts";
import { type Call, type Option, wrongUse } from "./command.ts";

/** How runs are named on the command line; without any of these, all of them. */
export const runOptions: Readonly<Record<string, Option>> = {
  run: { value: "ID", short: "r", multiple: true, about: "this run: its id, or a beginning of it; may be repeated" },
  experiment: { value: "NAME", short: "e", about: "only runs of this experiment" },
  filter: { value: "EXPR", short: "f", about: "only runs for which it is true, e.g. 'metrics.val_f1 > .9'" },
};

const PAGE = 2_000;

/** Ids of the runs that the options name, or beginnings of them, which the engine knows. Throws `WRONG_USE` for an experiment that is not there. */
export async function chosenRuns(call: Call): Promise<string[]> {
  const named = call.options.list("run");
  if (named.length > 0) return [...named];
  const connection = call.engine();
  const [experiment, filter] = [call.options.text("experiment"), call.options.text("filter")];
  const query: RunQuery = { ...(filter === null ? {} : { filter }), ...(experiment === null ? {} : { experimentIds: [await experimentId(call, experiment)] }), view: "active" };
  const ids: string[] = [];
  for (;;) {
    const window = await connection.request(runsWindow, { query, columns: [], from: ids.length, to: ids.length + PAGE }, { signal: call.signal });
    ids.push(...window.runIds);
    if (window.runIds.length === 0 || ids.length >= window.matched) return ids;
  }
}

async function experimentId(call: Call, name: string): Promise<string> {
  const { experiments } = await call.engine().request(experimentsList, {}, { signal: call.signal });
  const found = experiments.find((one) => one.name === name) ?? experiments.find((one) => one.experimentId === name);
  if (found !== undefined) return found.experimentId;
  throw wrongUse(`There is no experiment ${name}.`, `There are: ${experiments.slice(0, 20).map((one) => one.name).join(", ") || "none"}.`);
}
