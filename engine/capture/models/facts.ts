/** What a model file says of itself: `format` and whatever of `producer`, `inputs`, `outputs`, `parameters` … it holds. */
export type ModelFacts = Readonly<Record<string, string>>;

/** A tensor as people write it: `x float32[batch,3,224,224]`. */
export function tensorText(name: string, type: string, shape: readonly (string | number | null)[]): string {
  return `${name} ${type}[${shape.map((size) => size ?? "?").join(",")}]`;
}

/** Joins at most 16 descriptions, and says how many more there are. */
export function listText(items: readonly string[]): string {
  return items.length > 16 ? `${items.slice(0, 16).join(", ")}, and ${items.length - 16} more` : items.join(", ");
}
