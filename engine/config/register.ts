import { configCheck, configComplete, configEdit, configGet, configHover } from "../api/config.ts";
import { expressionCheck, expressionComplete, type ExpressionProblem } from "../api/expressions.ts";
import { bindPredicate, bindValue } from "../expressions/bind.ts";
import { complete } from "../expressions/complete.ts";
import { ExpressionError } from "../expressions/problem.ts";
import { scopeOf } from "../expressions/scope.ts";
import type { RpcServer } from "../rpc/server.ts";
import { runScope } from "../runs/scope.ts";
import type { Services } from "../services.ts";
import { checkConfig, type ConfigNames } from "./check.ts";
import { completeConfig } from "./complete.ts";
import { editConfig } from "./edit.ts";
import { hoverConfig } from "./hover.ts";
import { loadConfig } from "./load.ts";
import { rowNames } from "./rowNames.ts";
import { tellConfig, watchConfig } from "./tell.ts";

/** `touchstone.yaml` and the expression grammar over RPC; the columns that exist now give offers and advice. Follows the file until it is closed. */
export function registerConfig(rpc: RpcServer, services: Pick<Services, "folder" | "runTable" | "store">): { close(): void } {
  const runs = runScope(services.runTable);
  const names = (): ConfigNames => ({ runs: [...(runs.names?.() ?? [])], rows: rowNames(services.store.read.evaluations.all().map(({ mapping }) => mapping), loadConfig(services.folder).config.mappings) });
  rpc.handle(configGet, () => loadConfig(services.folder));
  rpc.handle(configEdit, ({ edits }) => {
    editConfig(services.folder, edits);
    tellConfig(rpc, services.folder);
    return null;
  });
  rpc.handle(configCheck, ({ text }) => ({ problems: checkConfig(text, names()).problems }));
  rpc.handle(configComplete, ({ text, offset }) => ({ items: completeConfig(text, offset, names()) }));
  rpc.handle(configHover, ({ text, offset }) => ({ hover: hoverConfig(text, offset) }));
  rpc.handle(expressionCheck, ({ text, names: known, open, wants }) => ({ problems: problemsOf(text, () => (wants === "predicate" ? bindPredicate : bindValue)(text, scopeOf(known, open)).warnings) }));
  rpc.handle(expressionComplete, ({ text, offset, names: known }) => ({ items: complete(text, offset, scopeOf(known, true)) }));
  return watchConfig(rpc, services.folder);
}

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
