import { resolve } from "node:path";
import { Check, Errors } from "typebox/value";
import { agentsCall, agentsQuestion, agentTools, type AgentCall } from "../api/agents.ts";
import type { SocketRpcServer } from "../rpc/server.ts";
import { namedRun } from "../runs/named.ts";
import type { Services } from "../services.ts";
import { Input, type RunTool, wrongInput } from "./ask.ts";
import { type AskedRun, fileQuestion, questionOf } from "./questions.ts";
import { evaluateFile, sliceRows, worstSlices } from "./tools/evaluation.ts";
import { labelQueue, suggestLabel } from "./tools/labels.ts";
import { bestRun, getRun, runMetrics, searchRuns, whatChanged } from "./tools/runs.ts";
import { noteRun, startRun, tagRun } from "./tools/writes.ts";

const tools: Readonly<Record<string, RunTool>> = {
  search_runs: searchRuns,
  get_run: getRun,
  what_changed: whatChanged,
  best_run: bestRun,
  run_metrics: runMetrics,
  evaluate_file: evaluateFile,
  worst_slices: worstSlices,
  slice_rows: sliceRows,
  label_queue: labelQueue,
  start_run: startRun,
  tag_run: tagRun,
  note_run: noteRun,
  suggest_label: suggestLabel,
};

/** Answers agents: each tool asks the engine by the same requests as the editor. */
export function registerAgents(rpc: Pick<SocketRpcServer, "handle" | "ask">, { folder, runTable: table, store }: Pick<Services, "folder" | "runTable" | "store">): void {
  const runId = (start: string): string => namedRun(store, start, "search_runs lists them.");

  const asked = (start: string): AskedRun => {
    const row = table.row(runId(start)) ?? 0;
    return { runId: table.run(row).runId, title: table.title(row), server: table.server(row) };
  };

  rpc.handle(agentsCall, (call, context) => {
    const { run } = checked(call);
    return run(new Input(call.input), { ask: (token, params) => rpc.ask(token, params, context), call, folder, runId });
  });
  rpc.handle(agentsQuestion, async (call) => {
    const { definition } = checked(call);
    const input = new Input(call.input);
    return { question: definition.writes ? questionOf(call.tool, input, resolve(call.cwd ?? folder), asked) : await fileQuestion(input, call, folder) };
  });
}

function checked({ tool, input }: AgentCall): { definition: (typeof agentTools)[number]; run: RunTool } {
  const definition = agentTools.find(({ name }) => name === tool);
  const run = tools[tool];
  if (definition === undefined || run === undefined) throw wrongInput(`There is no tool ${tool}. There are: ${agentTools.map(({ name }) => name).join(", ")}.`);
  if (!Check(definition.input, input)) throw wrongInput(whatIsWrong(definition, input));
  return { definition, run };
}

/** Which argument does not fit, what is expected of it, and which there are: an agent has nothing else to learn from. */
function whatIsWrong({ name: tool, input: schema }: (typeof agentTools)[number], input: Readonly<Record<string, unknown>>): string {
  const required = schema.required ?? [];
  const takes = `${tool} takes ${Object.keys(schema.properties).map((name) => (required.includes(name) ? name : `${name} (optional)`)).join(", ")}.`;
  const unknown = Object.keys(input).filter((name) => !Object.hasOwn(schema.properties, name));
  if (unknown.length > 0) return `${unknown.join(", ")} is no argument of ${tool}: ${takes}`;
  const missing = required.filter((name) => !Object.hasOwn(input, name));
  if (missing.length > 0) return `${missing.join(", ")} of ${tool} is missing: ${takes}`;
  const [first] = Errors(schema, input);
  const where = first?.instancePath.replace(/^\//, "").replaceAll("/", ".") ?? "";
  return `${where === "" ? "The input" : where} of ${tool} is wrong: it ${first?.message ?? "does not fit"}. ${takes}`;
}
