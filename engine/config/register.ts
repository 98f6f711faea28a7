import { configChanged, configCheck, configComplete, configEdit, configGet, configHover } from "../api/config.ts";
import { expressionCheck, expressionComplete, type ExpressionProblem } from "../api/expressions.ts";
import { bindPredicate, bindValue } from "../expressions/bind.ts";
import { complete } from "../expressions/complete.ts";
import { ExpressionError } from "../expressions/problem.ts";
import { type Kind, scopeOf } from "../expressions/scope.ts";
import type { RpcServer } from "../rpc/server.ts";
import { runScope } from "../runs/scope.ts";
import type { Services } from "../services.ts";
import { checkConfig, type ConfigNames } from "./check.ts";
import { completeConfig } from "./complete.ts";
import { editConfig } from "./edit.ts";
import { hoverConfig } from "./hover.ts";
import { loadConfig } from "./load.ts";

/** `touchstone.yaml` and the expression grammar over RPC; the columns that exist now give offers and advice. */
export function registerConfig(rpc: RpcServer, services: Pick<Services, "folder" | "runTable" | "store">): void {
  const runs = runScope(services.runTable);
  const names = (): ConfigNames => ({ runs: [...(runs.names?.() ?? [])], rows: knownColumns(services) });
  rpc.handle(configGet, () => loadConfig(services.folder));
  rpc.handle(configEdit, ({ edits }) => {
    editConfig(services.folder, edits);
    rpc.emit(configChanged, null);
    return null;
  });
  rpc.handle(configCheck, ({ text }) => ({ problems: checkConfig(text, names()).problems }));
  rpc.handle(configComplete, ({ text, offset }) => ({ items: completeConfig(text, offset, names()) }));
  rpc.handle(configHover, ({ text, offset }) => ({ hover: hoverConfig(text, offset) }));
  rpc.handle(expressionCheck, ({ text, names: known, open, wants }) => ({ problems: problemsOf(text, () => (wants === "predicate" ? bindPredicate : bindValue)(text, scopeOf(known, open)).warnings) }));
  rpc.handle(expressionComplete, ({ text, offset, names: known }) => ({ items: complete(text, offset, scopeOf(known, true)) }));
}

/** Names that tags and slices may use: the columns of the evaluated files, newest first, those of remembered mappings, and what every evaluation has beside them. */
function knownColumns({ folder, store }: Pick<Services, "folder" | "store">): ConfigNames["rows"] {
  const evaluated = store.read.evaluations.all().flatMap(({ mapping }) => mapping.columns);
  const declared = loadConfig(folder).config.mappings.flatMap((mapping) => mapping.columns);
  const kinds = new Map<string, Kind>();
  for (const { column, role } of [...evaluated, ...declared]) if (!kinds.has(column)) kinds.set(column, NUMERIC.has(role) ? "number" : "text");
  for (const [name, kind] of DERIVED) if (!kinds.has(name)) kinds.set(name, kind);
  return [...kinds].map(([key, kind]) => ({ entity: null, key, kind }));
}

/** Roles whose columns are numbers, whatever the file. */
const NUMERIC: ReadonlySet<string> = new Set(["probability", "score", "loss", "weight"]);
/** As in `expressionScope` (engine/evaluation/tags.ts). */
const DERIVED: readonly (readonly [string, Kind])[] = [["label", "text"], ["prediction", "text"], ["correct", "boolean"], ["loss", "number"], ["probability", "number"], ["residual", "number"]];

function problemsOf(text: string, bind: () => readonly ExpressionError[]): readonly ExpressionProblem[] {
  if (text.trim() === "") return [];
  try {
    return bind().map((warning) => problem(warning, "warning"));
  } catch (error) {
    if (error instanceof ExpressionError) return [problem(error, "error")];
    throw error;
  }
}

function problem({ message, offset, length, shape, suggestion }: ExpressionError, severity: "error" | "warning"): ExpressionProblem {
  return { severity, message, offset: suggestion?.offset ?? offset, length: suggestion?.length ?? length, hint: shape.hint ?? null, replacement: suggestion?.text ?? null };
}
