/** What a pointer or focus event in the body of a grid means. */
export interface Hit {
  readonly row: number;
  /** -1 between cells. */
  readonly column: number;
  readonly check: boolean;
  /** A button or link of the cell itself, which acts on its own. */
  readonly control: boolean;
}

/** Reads row and column from the `data-` attributes along the event's path. */
export function hitOf(event: Event): Hit | null {
  const path = event.composedPath().filter((node) => node instanceof HTMLElement);
  const find = (name: string): string | undefined => path.find((node) => node.dataset[name] !== undefined)?.dataset[name];
  const row = find("row");
  if (row === undefined) return null;
  return { row: Number(row), column: Number(find("col") ?? -1), check: find("check") !== undefined, control: path.some(({ tagName }) => tagName === "BUTTON" || tagName === "A") };
}
