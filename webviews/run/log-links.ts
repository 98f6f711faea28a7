/** A place in code that a log line names. */
export interface LogLink {
  readonly from: number;
  readonly to: number;
  readonly file: string;
  readonly line: number;
}

// Python's tracebacks, Node's stacks, and `path:line` as compilers and linters write it.
const PLACES = [/File "([^"<>]+)", line (\d+)/g, /\(?((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/]|\.{1,2}\/)?[^\s():"']+\.(?:m?[jt]sx?|c[jt]s|py|ipynb|r|jl|cpp|cc|c|h|rs|go)):(\d+)(?::\d+)?\)?/gi];

/** The places in code that a line names, in order. */
export function logLinks(text: string): LogLink[] {
  return PLACES.flatMap((pattern) => Array.from(text.matchAll(pattern), (match) => ({ from: match.index, to: match.index + match[0].length, file: (match[1] ?? "").replace(/^file:\/\//, ""), line: Number(match[2]) })))
    .sort((a, b) => a.from - b.from)
    .filter((link, index, all) => index === 0 || link.from >= (all[index - 1]?.to ?? 0));
}
