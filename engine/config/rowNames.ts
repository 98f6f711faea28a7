import type { RememberedMapping } from "../api/config.ts";
import type { Mapping } from "../api/evaluation.ts";
import type { Kind, KnownName } from "../expressions/scope.ts";

/** Roles whose columns are numbers, whatever the file. */
const NUMERIC: ReadonlySet<string> = new Set(["probability", "score", "loss", "weight"]);
/** As in `expressionScope` (engine/evaluation/tags.ts). */
const DERIVED: readonly (readonly [string, Kind])[] = [["label", "text"], ["prediction", "text"], ["correct", "boolean"], ["loss", "number"], ["probability", "number"], ["residual", "number"]];

/** Names that tags and slices may use: the columns of evaluated files, those of remembered mappings, and what every evaluation has beside them. */
export function rowNames(evaluated: readonly Mapping[], declared: readonly RememberedMapping[]): readonly KnownName[] {
  const kinds = new Map<string, Kind>();
  for (const { column, role } of [...evaluated, ...declared].flatMap(({ columns }) => columns)) if (!kinds.has(column)) kinds.set(column, NUMERIC.has(role) ? "number" : "text");
  for (const [name, kind] of DERIVED) if (!kinds.has(name)) kinds.set(name, kind);
  return [...kinds].map(([key, kind]) => ({ entity: null, key, kind }));
}
