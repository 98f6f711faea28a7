import * as vscode from "vscode";
import type { TextRange } from "../../engine/api/config.ts";

/** VS Code counts lines and columns from 0, the engine as people do. */
export function rangeOf({ line, column, endLine, endColumn }: TextRange): vscode.Range {
  return new vscode.Range(line - 1, column - 1, endLine - 1, endColumn - 1);
}
