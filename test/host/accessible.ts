import { accessibilityFaults } from "../webviews/axe.ts";
import type { Panel } from "./panel.ts";

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
  const faults = await accessibilityFaults(frame);
  if (faults.length > 0) throw new Error(`Faults of accessibility:\n${faults.join("\n")}`);
}
