/**
 * Texts of a page in the language of the window. The extension puts the bundle of that language (`vscode.l10n.bundle`) into the page as
 * JSON; without one the English text itself is shown. Works as `vscode.l10n.t`: the English text is the key, `{0}` a place for a value.
 */
const bundle = readBundle();

/** @param message a literal: `test/run/l10n.ts` collects them for l10n/bundle.l10n.json. */
export function t(message: string, ...values: readonly (string | number)[]): string {
  return filled(bundle[message] ?? message, values);
}

/** Places without a value stay as they are, so that a wrong translation shows. */
export function filled(text: string, values: readonly (string | number)[]): string {
  return text.replaceAll(/\{(\d+)\}/g, (place, index: string) => String(values[Number(index)] ?? place));
}

function readBundle(): Readonly<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(document.querySelector("script#l10n")?.textContent ?? "{}");
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string")) : {};
  } catch {
    return {};
  }
}
