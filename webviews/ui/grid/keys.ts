/** Row −1 is the header. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

export interface GridSize {
  readonly rows: number;
  readonly columns: number;
  /** Rows in sight. */
  readonly page: number;
}

export interface KeyPress {
  readonly key: string;
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
}

export type GridAction =
  | { readonly do: "move"; readonly to: Place; readonly extend: boolean }
  | { readonly do: "open" | "select" | "selectTo" | "selectAll" | "clear" | "menu" | "hide" | "pin" | "copy" }
  | { readonly do: "shift"; readonly by: -1 | 1 }
  | { readonly do: "resize"; readonly by: number };

/** What a key means in the grid (UX 4), or null where it is not the grid's. */
export function gridAction(press: KeyPress, at: Place, size: GridSize): GridAction | null {
  const { key, ctrl, shift, alt } = press;
  const header = at.row === -1;
  if (header && alt && (key === "ArrowLeft" || key === "ArrowRight")) return { do: "shift", by: key === "ArrowLeft" ? -1 : 1 };
  if (header && shift && (key === "ArrowLeft" || key === "ArrowRight")) return { do: "resize", by: key === "ArrowLeft" ? -8 : 8 };
  if (alt) return null;
  const to = target(key, ctrl, at, size);
  if (to !== null) return { do: "move", to: { row: clamp(to.row, -1, size.rows - 1), column: clamp(to.column, 0, size.columns - 1) }, extend: shift && to.row !== at.row };
  if (ctrl) return key === "a" ? { do: "selectAll" } : key === "c" ? { do: "copy" } : null;
  if (key === "F10" && shift) return { do: "menu" };
  const simple: Record<string, GridAction> = {
    Enter: { do: "open" },
    " ": { do: shift ? "selectTo" : "select" },
    Escape: { do: "clear" },
    ".": { do: "menu" },
    ContextMenu: { do: "menu" },
    h: { do: "hide" },
    p: { do: "pin" },
  };
  return simple[key] ?? null;
}

function target(key: string, ctrl: boolean, { row, column }: Place, size: GridSize): Place | null {
  switch (key) {
    case "ArrowDown":
      return { row: ctrl ? size.rows - 1 : row + 1, column };
    case "ArrowUp":
      return { row: ctrl ? 0 : row - 1, column };
    case "ArrowLeft":
      return { row, column: column - 1 };
    case "ArrowRight":
      return { row, column: column + 1 };
    case "Home":
      return { row: ctrl ? 0 : row, column: 0 };
    case "End":
      return { row: ctrl ? size.rows - 1 : row, column: size.columns - 1 };
    case "PageDown":
      return { row: row + size.page, column };
    case "PageUp":
      return { row: Math.max(0, row - size.page), column };
    default:
      return null;
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
