import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { openPlain } from "../platform/filesystems.ts";

const MOST_BYTES = 50 * 1024 * 1024;

/**
 * The code that a notebook executed: the source of each cell in the order of execution, each under a line `# %% [n]`. Lines of
 * events count in this text. Null where no cell was executed.
 * @param events the launch's events.jsonl.
 */
export async function executedCode(events: string): Promise<string | null> {
  const parts: string[] = [];
  let bytes = 0;
  const fd = openPlain(events);
  if (fd === null) return null;
  try {
    for await (const line of createInterface({ input: createReadStream(events, { fd, encoding: "utf8" }), crlfDelay: Number.POSITIVE_INFINITY })) {
      if (!line.startsWith('{"k":"cell"')) continue;
      const cell = parse(line);
      if (cell === null || (bytes += cell.source.length) > MOST_BYTES) continue;
      parts.push(`# %% [${cell.index}]\n${cell.source}\n`);
    }
  } catch {
    // What was read until then counts.
  }
  return parts.length > 0 ? parts.join("") : null;
}

function parse(line: string): { index: number; source: string } | null {
  try {
    const event: { index?: unknown; source?: unknown } = JSON.parse(line);
    return typeof event.index === "number" && typeof event.source === "string" ? { index: event.index, source: event.source } : null;
  } catch {
    return null;
  }
}
