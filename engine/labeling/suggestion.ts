import { hash } from "node:crypto";
import { DEFAULT_HIDDEN_SHARE, type SetDefinition } from "./setFile.ts";
import type { SourceItem } from "./source.ts";
import type { VoteSuggestion } from "./vote.ts";

/** What an agent suggested for an item. */
export interface AgentProposal {
  readonly class: string;
  readonly score: number | null;
  readonly by: string;
}

/**
 * The suggestion for an item, and whether this annotator sees it. Hidden on a share of the items that looks random
 * but is fixed by annotator and item: looking twice does not bring it out. An agent's suggestion goes before that of the
 * source's column. Null where there is none, or of a class that the set does not have.
 */
export function suggestionFor(definition: SetDefinition, proposal: SourceItem["proposal"], agent: AgentProposal | null, by: string, item: string): VoteSuggestion | null {
  const agents = agent !== null && definition.classes.some(({ id }) => id === agent.class) ? agent : null;
  const found = agents ?? ofSource(definition, proposal);
  if (found === null) return null;
  const draw = Number.parseInt(hash("sha256", `${by}\n${item}`, "hex").slice(0, 8), 16) / 0x1_0000_0000;
  return { class: found.class, score: found.score, shown: draw >= (definition.suggest?.hide ?? DEFAULT_HIDDEN_SHARE), ...(agents === null ? {} : { by: agents.by }) };
}

function ofSource(definition: SetDefinition, proposal: SourceItem["proposal"]): { readonly class: string; readonly score: number | null } | null {
  if (definition.suggest === null || proposal === null) return null;
  const name = proposal.name.trim();
  const found = definition.classes.find((one) => one.name === name) ?? definition.classes.find((one) => one.id === name);
  return found ? { class: found.id, score: proposal.score } : null;
}
