import { resolve } from "node:path";
import { evaluationDescribe, evaluationRun, type ColumnRole, type EvaluationView, type Mapping, type Role, type Task } from "../api/evaluation.ts";
import type { Static } from "typebox";
import type { estimate } from "../api/cli.ts";
import { type Call, type Option, wrongUse } from "./command.ts";
import { numberText } from "./text.ts";

const roles: readonly Role[] = ["id", "label", "prediction", "probability", "score", "loss", "weight", "group", "split", "time", "feature", "tag", "ignore"];

/** How a file's columns are named on the command line; what is not named is guessed. */
export const mappingOptions: Readonly<Record<string, Option>> = {
  map: { value: "COLUMN=ROLE", short: "m", multiple: true, about: `what a column is: ${roles.join(", ")}; a probability is COLUMN=probability:CLASS` },
  task: { value: "TASK", about: "binary, multiclass or regression" },
  positive: { value: "CLASS", about: "the class that precision and recall are about" },
};

/** Evaluates the file of a call on the engine of its folder, with progress for people. */
export async function evaluateCall(call: Call): Promise<EvaluationView> {
  const path = resolve(call.cwd, call.words[0] ?? "");
  const engine = call.engine();
  const mapping = await givenMapping(call, path);
  return engine.request(evaluationRun, mapping === null ? { path } : { path, mapping }, { signal: call.signal, onProgress: ({ done, unit }) => call.say(`${done} ${unit}`) });
}

async function givenMapping(call: Call, path: string): Promise<Mapping | null> {
  const assigned = call.options.list("map").map(columnRole);
  const task = call.options.text("task");
  const positive = call.options.text("positive");
  if (assigned.length === 0 && task === null && positive === null) return null;
  if (task !== null && !isTask(task)) throw wrongUse(`--task takes binary, multiclass or regression, not \`${task}\`.`);
  const { mapping } = await call.engine().request(evaluationDescribe, { path }, { signal: call.signal });
  const single: readonly Role[] = ["label", "prediction"];
  const columns = mapping.columns.map((column) => {
    const named = assigned.find((each) => each.column === column.column);
    if (named) return named;
    return single.includes(column.role) && assigned.some((each) => each.role === column.role) ? { column: column.column, role: "feature" as const } : column;
  });
  for (const { column } of assigned) if (!columns.some((each) => each.column === column)) throw wrongUse(`The file has no column \`${column}\`.`, `Columns: ${columns.map((each) => each.column).join(", ")}.`);
  return { task: task ?? mapping.task, positive: positive ?? mapping.positive, columns };
}

function isTask(text: string): text is Task {
  return text === "binary" || text === "multiclass" || text === "regression";
}

function columnRole(text: string): ColumnRole {
  const at = text.lastIndexOf("=");
  const [name, ...rest] = text.slice(at + 1).split(":");
  const role = roles.find((each) => each === name);
  if (at < 1 || role === undefined) throw wrongUse(`--map takes COLUMN=ROLE, not \`${text}\`.`, `Roles: ${roles.join(", ")}.`);
  const classes = rest.length === 0 ? {} : { classes: rest.join(":").split("|") };
  return { column: text.slice(0, at), role, ...classes };
}

/** `0.8694 [0.8656 – 0.8728]`, `— (no rows)`. */
export function estimateText(found: Static<typeof estimate>): string {
  return found.value === null ? `— (${found.reason})` : `${numberText(found.value)} [${numberText(found.low)} – ${numberText(found.high)}]`;
}

/** The sentence without its marks. */
export function plainText(answer: string): string {
  return answer.replaceAll("**", "");
}
