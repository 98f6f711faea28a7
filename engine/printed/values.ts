/** A number as programs print it, without unit: `0.25`, `1e-3`, `1,234.5`, `.5`, `nan`, `-inf`. */
export const NUMBER = "[-+]?(?:\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|\\d+\\.?\\d*(?:[eE][-+]?\\d+)?|\\.\\d+(?:[eE][-+]?\\d+)?|[nN][aA][nN]|[iI][nN][fF](?:inity)?)";

/** The value of a text that NUMBER matched. */
export function numberOf(text: string): number {
  const plain = text.replaceAll(",", "").toLowerCase();
  if (/^[-+]?nan$/.test(plain)) return Number.NaN;
  if (/^[-+]?inf(inity)?$/.test(plain)) return plain.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(plain);
}

const ESCAPES =
  // oxlint-disable-next-line no-control-regex -- terminal control sequences begin with ESC
  /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[@-Z\\-_]|[\u0000-\u0008\u000b\u000c\u000e-\u001a]/g;
/** Time stamps, levels, loggers, ranks and processes that logging puts before a message. */
const PREFIX =
  /^(?:\s*(?:\[?\(?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\)?\]?|\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?|\[\d\d\/\d\d \d\d:\d\d:\d\d [\w.]+\]|\[(?:I|W|D) [^\]]*\]|\[?(?:INFO|DEBUG|WARNING|WARN|NOTICE)\]?(?::[\w.]*:)?|\[rank\s?\d+\]:?|\((?:[\w.]+ )?pid=\d+[^)]*\)|[IWD]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ [\w.]+:\d+\]|\[[\w.]+(?:\/\w+)?\](?=\s*(?:\[?(?:INFO|DEBUG)|-))|[\w.]+:[\w<>]+:\d+ -|[\w.]+ - (?:INFO|DEBUG) -|\[[\w.]+\.py:\d+\]|-|\||:)\s*)+/;

/** A line as a person sees it: no colours, no control characters. */
export function visible(text: string): string {
  return text.replace(ESCAPES, "").trimEnd();
}

/** Without what logging put before the message; a line of CatBoost or a bar keeps its own beginning. */
export function withoutPrefix(text: string): string {
  return text.replace(PREFIX, "");
}
