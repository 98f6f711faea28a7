import type { RunComparison, Uncaptured } from "../api/compare.ts";
import type { Readers } from "../store/store.ts";
import { letter, list } from "./letters.ts";

/** What nobody kept of each run: one that was not started here has no environment, and data only where its script declared some. */
export function unknownOf(read: Readers, runs: readonly { readonly runKey: number; readonly launchKey: number | null }[]): Uncaptured[][] {
  return runs.map(({ runKey, launchKey }) => (launchKey !== null ? [] : read.models.datasets(runKey).length > 0 ? ["environment"] : ["data", "environment"]));
}

/** The same in sentences, runs by their letters; empty where all is known. */
export function unknownWords({ heads, unknown }: Pick<RunComparison, "heads" | "unknown">): string {
  const groups = new Map<string, number[]>();
  for (const [i, what] of unknown.entries()) {
    if (what.length === 0) continue;
    const sentence = `not known${what.includes("data") ? ", nor which data it read" : ""}: ${heads[i]?.server === undefined ? "that was not captured" : "an MLflow server does not keep that"}.`;
    groups.set(sentence, [...(groups.get(sentence) ?? []), i]);
  }
  return [...groups].map(([sentence, of]) => `The environment of ${list(of.map(letter))} is ${of.length > 1 ? sentence.replace("it read", "they read") : sentence}`).join(" ");
}
