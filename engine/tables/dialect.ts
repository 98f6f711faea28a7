import { open } from "node:fs/promises";

/** What the first line of a CSV file tells. It is fixed before reading, so that no row is ever guessed away as a preamble. */
export interface Dialect {
  readonly delimiter: "," | "\t" | ";" | "|";
  /** The first line holds names. */
  readonly header: boolean;
  /** Cells of the first line. */
  readonly cells: readonly string[];
}

const delimiters = [",", "\t", ";", "|"] as const;

/** Reads the first line (up to 1 MiB of it). */
export async function readDialect(path: string): Promise<Dialect> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1 << 20), 0, 1 << 20, 0);
    const text = buffer.toString("utf8", 0, bytesRead).replace(/^\uFEFF/, "");
    const line = firstLine(text);
    const bare = line.replace(/"(?:[^"]|"")*"/g, "");
    const counts = delimiters.map((delimiter) => bare.split(delimiter).length - 1);
    const delimiter = delimiters[counts.indexOf(Math.max(...counts))] ?? ",";
    const cells = cellsOf(line, delimiter);
    return { delimiter, header: areNames(cells), cells };
  } finally {
    await file.close();
  }
}

/** Up to the first line break outside of quotes. */
function firstLine(text: string): string {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    else if (!quoted && (text[i] === "\n" || text[i] === "\r")) return text.slice(0, i);
  }
  return text;
}

function cellsOf(line: string, delimiter: string): readonly string[] {
  const cells = [""];
  let quoted = false;
  for (const char of line) {
    if (char === '"') quoted = !quoted;
    else if (char === delimiter && !quoted) cells.push("");
    else cells[cells.length - 1] += char;
  }
  return cells.map((cell) => cell.trim());
}

/** Names are different from each other and mostly no numbers: a class `0` may be a name, a line of values is not. */
function areNames(cells: readonly string[]): boolean {
  const numbers = cells.filter((cell) => cell !== "" && !Number.isNaN(Number(cell)));
  return new Set(cells).size === cells.length && numbers.length <= cells.length / 2 && numbers.every((cell) => /^\d{1,4}$/.test(cell));
}
