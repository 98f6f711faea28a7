import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Frame, Page } from "playwright-core";

const source = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly impact: string | null; readonly help: string; readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[] }[];
}

/** Serious and critical faults of accessibility in the page, in words; empty is good. */
export async function accessibilityFaults(page: Page | Frame): Promise<string[]> {
  // Evaluated by the debugger protocol, which the page's policy does not bind.
  await page.evaluate(await source);
  const result = await page.evaluate<AxeResult>("axe.run(document, { resultTypes: ['violations'], iframes: false })");
  return result.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary ?? ""}`).join(" | ")}`);
}
