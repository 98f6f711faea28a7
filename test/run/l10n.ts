// node test/run/l10n.ts: writes l10n/bundle.l10n.json, the English texts that translations start from.
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./entry.mjs";

export const bundleFile = "l10n/bundle.l10n.json";

/** The texts of extension/ (`vscode.l10n.t`) and webviews/ (`t`), in order; with the places where one is no literal. */
export function collectTexts(): { readonly texts: readonly string[]; readonly wrong: readonly string[] } {
  const texts = new Set<string>();
  const wrong: string[] = [];
  for (const path of globSync(["extension/**/*.ts", "webviews/**/*.ts"], { cwd: root }).sort()) {
    if (path.endsWith(".test.ts") || path.endsWith("ui/l10n.ts")) continue;
    const text = readFileSync(join(root, path), "utf8");
    const call = path.startsWith("extension") ? /\bl10n\.t\(\s*/g : /(?<![\w.$])t\(\s*/g;
    for (const match of text.matchAll(call)) {
      const rest = text.slice(match.index + match[0].length);
      const literal = /^"(?:[^"\\\n]|\\.)*"/.exec(rest)?.[0];
      if (literal === undefined) wrong.push(`${path}:${text.slice(0, match.index).split("\n").length}`);
      else texts.add(String(JSON.parse(literal)));
    }
  }
  return { texts: [...texts].sort(), wrong };
}

/** What the file should hold. */
export function bundleText(): string {
  return `${JSON.stringify(Object.fromEntries(collectTexts().texts.map((text) => [text, text])), null, 2)}\n`;
}

if (import.meta.main) {
  mkdirSync(join(root, "l10n"), { recursive: true });
  writeFileSync(join(root, bundleFile), bundleText());
}
