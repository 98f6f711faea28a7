import type { ImportFormat } from "../api/importers.ts";
import { isSecretName, MASK, scrub } from "../capture/node/mask.cjs";

/** What a person logged by MLflow is as it was logged, here and there; what Touchstone itself exported was masked when it was tracked. */
const AS_LOGGED = new Set<ImportFormat>(["mlruns", "mlflow-db", "bundle"]);

/** Whether params, tags and files of a format are masked, as they are when a running script's log of that format is followed: other trackers keep whole configs. */
export function isMasked(format: ImportFormat): boolean {
  return !AS_LOGGED.has(format);
}

const TEXT = /\.(ya?ml|json|jsonl|txt|log|md|toml|ini|cfg|conf|csv|tsv|patch|diff)$/i;
/** Longer texts are no configs; they are kept as they are. */
export const MOST_TEXT_BYTES = 4_000_000;

/** Whether a file may be a config or a log of words, by its name. */
export function isText(name: string): boolean {
  return TEXT.test(name);
}

const NAMED = /^(\s*(?:- )?(["']?)([\w./-]+)\2\s*[:=]\s*)(\S.*?)(,?\s*)$/;
const HEADING = /^\s*(["']?)([\w./-]+)\1\s*:\s*\{?\s*$/;

/** A text without what looks like a key, and without the values of lines whose name says that they are secret (YAML, JSON, INI). */
export function maskedText(text: string): string {
  let above = "";
  const lines = scrub(text).split("\n").map((line) => {
    const [, begin, , name = "", value = "", end] = NAMED.exec(line) ?? [];
    const heading = HEADING.exec(line)?.[2];
    if (heading !== undefined) above = heading;
    if (begin === undefined || heading !== undefined || /^(["']{2}|None|null|~)$/.test(value)) return line;
    // W&B writes `name:` and `value: …` below it.
    return isSecretName(name === "value" ? above : name) ? `${begin}"${MASK}"${end ?? ""}` : line;
  });
  return lines.join("\n");
}
