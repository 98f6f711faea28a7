/** What a pattern asks for, one after the other. Folders take two places: before them, and within them. */
type Part = { readonly kind: "letter"; readonly letter: string } | { readonly kind: "name" | "all" | "folders" | "within" };

/**
 * Whether a path (`/`, relative to the folder) fits a pattern: `*` stands for part of a name, `?` for one letter of it, `**` for
 * folders, also none. All places of the pattern that the path may have reached are followed at once, so it takes at most pattern ×
 * path steps: a regular expression, and so picomatch, goes back and tries again, and a pattern of a touchstone.yaml that came with
 * a folder could hold up the engine for hours.
 */
export function fitsPattern(pattern: string, path: string): boolean {
  const parts = partsOf(pattern);
  let reached = new Set<number>();
  enter(parts, 0, reached);
  for (const letter of path) {
    const next = new Set<number>();
    for (const at of reached) step(parts, at, letter, next);
    reached = next;
  }
  return reached.has(parts.length);
}

function step(parts: readonly Part[], at: number, letter: string, next: Set<number>): void {
  const part = parts[at];
  if (part?.kind === "letter") {
    if (part.letter === letter || (part.letter === "?" && letter !== "/")) enter(parts, at + 1, next);
  } else if (part?.kind === "within") {
    next.add(at);
    if (letter === "/") enter(parts, at + 1, next);
  } else if (part?.kind === "all" || (part?.kind === "name" && letter !== "/")) enter(parts, at, next);
}

/** Takes in a place and those behind it that ask for no letter. */
function enter(parts: readonly Part[], at: number, reached: Set<number>): void {
  for (let place = at; !reached.has(place); ) {
    reached.add(place);
    const kind = parts[place]?.kind;
    if (kind === undefined || kind === "letter") return;
    if (kind === "folders") reached.add(place + 1);
    place += kind === "folders" ? 2 : 1;
  }
}

function partsOf(pattern: string): readonly Part[] {
  return (pattern.match(/\*\*\/|\*\*|\*|[^*]/gu) ?? []).flatMap((text): readonly Part[] => {
    if (text === "**/") return [{ kind: "folders" }, { kind: "within" }];
    return text === "*" ? [{ kind: "name" }] : text === "**" ? [{ kind: "all" }] : [{ kind: "letter", letter: text }];
  });
}
