import type { ParamValue } from "../store/operations.ts";
import { masked } from "./node/mask.cjs";

/**
 * Settings in the words after the script: `--lr 0.1`, `--lr=0.1`, `lr=0.1`, `+lr=0.1` (Hydra), `-lr 0.1`, `--flag`. Dashes
 * inside of a name become underscores, as the usual parsers name them. A single letter is left to the script's own parser, which
 * knows what it stands for; so are words without a name. The last of equal names counts.
 */
export function argumentParams(words: readonly string[]): ParamValue[] {
  const found = new Map<string, string>();
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (word === "--") break;
    const pair = /^(?:--?|\+\+?)?([A-Za-z_][\w.@/-]*)=([\s\S]*)$/.exec(word);
    const flag = /^--?([A-Za-z_][\w.-]+)$/.exec(word);
    if (pair) {
      found.set(named(pair[1] ?? ""), pair[2] ?? "");
    } else if (flag) {
      const next = words[index + 1];
      const hasValue = next !== undefined && (!next.startsWith("-") || /^-(\d|\.\d|inf|nan)/i.test(next)) && !/^[A-Za-z_][\w.]*=/.test(next);
      found.set(named(flag[1] ?? ""), hasValue ? next : "true");
      if (hasValue) index++;
    }
  }
  return [...found].map(([key, value]) => ({ key, value: masked(key, value), source: "argument" }));
}

function named(name: string): string {
  return name.replaceAll("-", "_");
}
