/** What one span says of tokens or cost; null where it says nothing. */
export interface UsageNode {
  readonly spanId: string;
  readonly parentId: string | null;
  readonly data: Readonly<Record<string, number>> | null;
}

const tokens = ["input_tokens", "output_tokens", "total_tokens"];
const cachedTokens = ["cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation_input_tokens_above_1hr"];
const costs = ["input_cost", "output_cost", "total_cost"];

/** The tokens of a whole trace. A span that has some speaks for all under it. Null where none has any. As mlflow/tracing/utils has it. */
export function totalTokens(nodes: readonly UsageNode[]): Record<string, number> | null {
  return total(nodes, tokens, cachedTokens);
}

/** The cost of a whole trace, in dollars, by the same rule. */
export function totalCost(nodes: readonly UsageNode[]): Record<string, number> | null {
  return total(nodes, costs, []);
}

function total(nodes: readonly UsageNode[], always: readonly string[], sometimes: readonly string[]): Record<string, number> | null {
  const ids = new Set(nodes.map(({ spanId }) => spanId));
  const children = new Map<string | null, UsageNode[]>();
  for (const node of nodes) {
    const parent = node.parentId !== null && ids.has(node.parentId) ? node.parentId : null;
    const beside = children.get(parent);
    if (beside) beside.push(node);
    else children.set(parent, [node]);
  }
  const sums: Record<string, number> = Object.fromEntries(always.map((key) => [key, 0]));
  let found = false;
  // Each node once: parents of a hostile trace may go round in a circle, and such a circle has no root.
  const open = [...(children.get(null) ?? [])];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.data === null) {
      open.push(...(children.get(node.spanId) ?? []));
      continue;
    }
    found = true;
    for (const key of always) sums[key] = (sums[key] ?? 0) + (node.data[key] ?? 0);
    for (const key of sometimes) {
      const value = node.data[key];
      if (value !== undefined) sums[key] = (sums[key] ?? 0) + value;
    }
  }
  return found ? sums : null;
}
