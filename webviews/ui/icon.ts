import codicons from "@vscode/codicons/dist/codicon.css";
import { html, type TemplateResult } from "lit";

let glyphs: Map<string, string> | undefined;

/** The character of a codicon by its name; a missing name is an empty box that shows in any picture. */
export function glyph(name: string): string {
  // The class rules of the style sheet do not reach into shadow roots; the characters do.
  glyphs ??= new Map(
    Array.from(codicons.matchAll(/\.codicon-([a-z0-9-]+):before\s*\{\s*content:\s*"\\([0-9a-f]+)"/g), ([, icon = "", code = ""]) => [icon, String.fromCodePoint(Number.parseInt(code, 16))]),
  );
  return glyphs.get(name) ?? "\u25a1";
}

/** A codicon that says nothing to a screen reader: what it means stands in the text or label beside it. */
export function icon(name: string, extra = ""): TemplateResult {
  return html`<span class="icon ${extra}" aria-hidden="true">${glyph(name)}</span>`;
}
