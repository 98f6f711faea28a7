import type { Command } from "./command.ts";

/** A command by its name (one or two words); its code is loaded when it is called. */
export interface Listed {
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}

/** All commands, in the order of the help. A capability adds its own with a line here and `commands/<name>.ts`. */
export const commands: readonly Listed[] = [
  { name: "run", summary: "Run a command and record it", load: () => import("./commands/run.ts") },
  { name: "run-start", summary: "Begin a run of a shell pipeline, without an engine", load: () => import("./commands/runStart.ts") },
  { name: "log", summary: "Log to a run that run-start began", load: () => import("./commands/log.ts") },
  { name: "finish", summary: "End a run that run-start began", load: () => import("./commands/finish.ts") },
  { name: "take-in", summary: "Take in runs that were recorded without an engine", load: () => import("./commands/takeIn.ts") },
  { name: "runs", summary: "List recorded runs", load: () => import("./commands/runs.ts") },
  { name: "import", summary: "Take in what other trackers wrote", load: () => import("./commands/import.ts") },
  { name: "open", summary: "Open a bundle of runs for reading", load: () => import("./commands/open.ts") },
  { name: "evaluate", summary: "Evaluate a file of predictions", load: () => import("./commands/evaluate.ts") },
  { name: "slices", summary: "Find where the predictions of a file fail", load: () => import("./commands/slices.ts") },
  { name: "residuals", summary: "Test and rank what is left in the residuals of a file", load: () => import("./commands/residuals.ts") },
  { name: "parse-log", summary: "Show the metrics that a log holds", load: () => import("./commands/parse-log.ts") },
  { name: "labels status", summary: "How far label sets are", load: () => import("./commands/labelsStatus.ts") },
  { name: "labels agreement", summary: "How well the annotators of a label set agree", load: () => import("./commands/labelsAgreement.ts") },
  { name: "labels export", summary: "Write the labels or votes of a set to CSV or JSONL", load: () => import("./commands/labelsExport.ts") },
  { name: "stop", summary: "Stop runs, or the engine", load: () => import("./commands/stop.ts") },
  { name: "status", summary: "What the engine does now", load: () => import("./commands/status.ts") },
  { name: "serve", summary: "Serve a store to MLflow clients, in the foreground", load: () => import("./commands/serve.ts") },
  { name: "export", summary: "Write runs in another format, or as a bundle", load: () => import("./commands/export.ts") },
  { name: "push", summary: "Send runs to an MLflow server", load: () => import("./commands/push.ts") },
  { name: "mcp", summary: "Answer agents over MCP on standard input and output", load: () => import("./commands/mcp.ts") },
  { name: "doctor", summary: "Check a store and say what is found", load: () => import("./commands/doctor.ts") },
  { name: "storage", summary: "What the store takes, by experiment, run and kind", load: () => import("./commands/storage.ts") },
  { name: "prune", summary: "Remove runs for good, and what only they have", load: () => import("./commands/prune.ts") },
  { name: "backup", summary: "Copy the store into one file, while it is in use", load: () => import("./commands/backup.ts") },
  { name: "restore", summary: "Make a store of a backup", load: () => import("./commands/restore.ts") },
  { name: "gc", summary: "Free what no run refers to", load: () => import("./commands/gc.ts") },
  { name: "schema", summary: "Print the JSON Schema of a command's answer", load: () => import("./commands/schema.ts") },
];
