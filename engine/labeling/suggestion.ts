import { hash } from "node:crypto";
import type { SetDefinition } from "./setFile.ts";
import type { SourceItem } from "./source.ts";
import type { VoteSuggestion } from "./vote.ts";

/**
 * The suggestion for an item, and whether this annotator sees it. Hidden on a share of the items that looks random
 * but is fixed by annotator and item: looking twice does not bring it out. Null where the source has none or names a
 * class that the set does not have.
 */
export function suggestionFor(definition: SetDefinition, proposal: SourceItem["proposal"], by: string, item: string): VoteSuggestion | null {
  if (definition.suggest === null || proposal === null) return null;
  const name = proposal.name.trim();
  const found = definition.classes.find((one) => one.name === name) ?? definition.classes.find((one) => one.id === name);
  if (!found) return null;
  const draw = Number.parseInt(hash("sha256", `${by}\n${item}`, "hex").slice(0, 8), 16) / 0x1_0000_0000;
  return { class: found.id, score: proposal.score, shown: draw >= definition.suggest.hide };
}
