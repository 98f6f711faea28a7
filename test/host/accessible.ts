import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Panel } from "./panel.ts";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * Fails where axe-core finds a serious or critical fault in what the panel shows now: names the rule, what to do, and
 * up to three elements. The panel's own content security policy stays as it is.
 */
export async function expectAccessible(panel: Panel): Promise<void> {
  const handle = await panel.locator("html").elementHandle();
  const frame = await handle?.ownerFrame();
  if (!frame) throw new Error("The panel has no page.");
  // A webview is transparent over the editor; axe would take white for what it cannot see behind the frame.
  await frame.evaluate('document.documentElement.style.backgroundColor ||= "var(--vscode-editor-background)"');
  // Evaluated by the browser's debugger, which no policy of the page forbids.
  await frame.evaluate(source);
  // SAFETY: axe.run resolves with AxeResults; only its JSON crosses.
  const results = (await frame.evaluate('axe.run(document, { resultTypes: ["violations"], iframes: false })')) as AxeResults;
  const faults = results.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.slice(0, 3).map(({ html, failureSummary }) => `  ${html}\n    ${failureSummary?.split("\n").slice(1).join("; ") ?? ""}`).join("\n")}`);
  if (faults.length > 0) throw new Error(`Faults of accessibility:\n${faults.join("\n")}`);
}
