import * as vscode from "vscode";
import type { MetricAnnotation } from "../../engine/api/code.ts";
import { formatCell } from "../runs/format.ts";
import type { Annotations } from "./annotations.ts";

const BLOCKS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** Behind a line that logs a metric: the last value, its change, the last runs as blocks. */
export class MetricInlays implements vscode.InlayHintsProvider {
  readonly #annotations: Annotations;
  readonly onDidChangeInlayHints: vscode.Event<void>;

  constructor(annotations: Annotations) {
    this.#annotations = annotations;
    this.onDidChangeInlayHints = annotations.onDidChange;
  }

  async provideInlayHints(document: vscode.TextDocument, range: vscode.Range): Promise<vscode.InlayHint[]> {
    if (!vscode.workspace.getConfiguration("touchstone", document.uri).get<boolean>("inlays.enabled", true)) return [];
    const known = await this.#annotations.of(document);
    const metrics = known?.annotations?.metrics ?? [];
    const byLine = new Map<number, MetricAnnotation[]>();
    for (const metric of metrics) {
      const line = metric.line - 1;
      if (line < range.start.line || line > range.end.line || line >= document.lineCount) continue;
      byLine.set(line, [...(byLine.get(line) ?? []), metric]);
    }
    return [...byLine].map(([line, all]) => hint(document, line, all));
  }
}

function hint(document: vscode.TextDocument, line: number, metrics: readonly MetricAnnotation[]): vscode.InlayHint {
  const [only] = metrics;
  // One line may log several keys (`log_metrics`): then each is named, and the blocks are left out.
  const text = metrics.length === 1 && only !== undefined ? [describe(only), sparkline(only.recent)].filter(Boolean).join("  ") : metrics.slice(0, 3).map((metric) => `${metric.key} ${describe(metric)}`).join(" · ");
  const inlay = new vscode.InlayHint(document.lineAt(line).range.end, text);
  inlay.paddingLeft = true;
  const tooltip = new vscode.MarkdownString(metrics.map((metric) => `**${escapeMarkdown(metric.key)}** ${describe(metric)}  \n${sparkline(metric.recent)} ${vscode.l10n.t("last {0} runs", metric.recent.length)}  \n[${vscode.l10n.t("Open run")}](command:touchstone.openRun?${encodeURIComponent(JSON.stringify([metric.runId, "curves"]))})`).join("\n\n"));
  tooltip.isTrusted = { enabledCommands: ["touchstone.openRun"] };
  inlay.tooltip = tooltip;
  return inlay;
}

function describe(metric: MetricAnnotation): string {
  const value = formatCell(metric.last);
  if (metric.change === null || metric.change === 0) return value;
  return `${value} ${metric.change > 0 ? "↑" : "↓"} ${formatCell(Math.abs(metric.change))}`;
}

/** Blocks scaled between the smallest and the largest finite value; nothing for fewer than two runs. */
export function sparkline(values: readonly (number | string)[]): string {
  const finite = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  if (finite.length < 2) return "";
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low || 1;
  return finite.map((value) => BLOCKS[Math.min(BLOCKS.length - 1, Math.floor(((value - low) / span) * BLOCKS.length))]).join("");
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>]/g, "\\$&");
}
