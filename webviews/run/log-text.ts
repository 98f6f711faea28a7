/** How a stretch of a log looks; `color` is an ANSI number 0 … 15, or a CSS colour of the 256 or true-colour range. */
export interface LogStyle {
  readonly color: number | string | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
}

export interface LogSpan {
  readonly text: string;
  readonly style: LogStyle;
}

export type LogLine = readonly LogSpan[];

export const PLAIN: LogStyle = { color: null, bold: false, dim: false, italic: false, underline: false };

const CONTROL = /\x1b\[([0-9;:?]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]|\r\n|[\r\n\b\x07]/g;
/** What may still become a control sequence when the next bytes come. */
const UNFINISHED = /\x1b(?:\[[0-9;:?]*|\][^\x07\x1b]*)?$|\r$/;

/**
 * What a terminal would show of a log: lines of styled text. A carriage return writes over the line (progress bars), colours
 * go on over line ends, other control sequences are dropped. Fed in any pieces, it gives the same lines.
 */
export class LogText {
  readonly #most: number;
  readonly #lines: LogLine[] = [];
  #cells: { char: string; style: LogStyle }[] = [];
  #column = 0;
  #style = PLAIN;
  #rest = "";
  #dropped = 0;

  /** Keeps the last `most` lines. */
  constructor(most = 50_000) {
    this.#most = most;
  }

  /** Lines that were let go of, from the start. */
  get dropped(): number {
    return this.#dropped;
  }

  get count(): number {
    return this.#lines.length + (this.#cells.length > 0 ? 1 : 0);
  }

  line(index: number): LogLine {
    return this.#lines[index] ?? spans(this.#cells);
  }

  /** The text of a line without its styles. */
  text(index: number): string {
    return this.line(index).map(({ text }) => text).join("");
  }

  feed(chunk: string): void {
    const text = this.#rest + chunk;
    const tail = UNFINISHED.exec(text);
    this.#rest = tail?.[0] ?? "";
    const whole = text.slice(0, text.length - this.#rest.length);
    let from = 0;
    for (const match of whole.matchAll(CONTROL)) {
      this.#write(whole.slice(from, match.index));
      from = match.index + match[0].length;
      this.#control(match[0], match[1], match[2]);
    }
    this.#write(whole.slice(from));
  }

  #write(text: string): void {
    for (const char of text) {
      this.#cells[this.#column] = { char, style: this.#style };
      this.#column += 1;
    }
  }

  #control(sequence: string, parameters: string | undefined, final: string | undefined): void {
    if (sequence === "\n" || sequence === "\r\n") this.#end();
    else if (sequence === "\r") this.#column = 0;
    else if (sequence === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (final === "m") this.#style = applySgr(this.#style, (parameters ?? "").split(/[;:]/).map(Number));
    else if (final === "K") this.#cells.length = Math.min(this.#cells.length, parameters === "2" ? 0 : this.#column);
    else if (final === "G") this.#column = Math.max(0, Number(parameters || 1) - 1);
    if (this.#column > this.#cells.length) while (this.#cells.length < this.#column) this.#cells.push({ char: " ", style: PLAIN });
  }

  #end(): void {
    this.#lines.push(spans(this.#cells));
    this.#cells = [];
    this.#column = 0;
    if (this.#lines.length <= this.#most) return;
    // In one go, so that an endless log does not move the array at every line.
    const gone = Math.ceil(this.#most / 10);
    this.#lines.splice(0, gone);
    this.#dropped += gone;
  }
}

function spans(cells: readonly { char: string; style: LogStyle }[]): LogLine {
  const line: { text: string; style: LogStyle }[] = [];
  for (const { char, style } of cells) {
    const last = line.at(-1);
    if (last?.style === style) last.text += char;
    else line.push({ text: char, style });
  }
  return line;
}

/** Select graphic rendition, ECMA-48 8.3.117, with the 256 and true colours of xterm. */
function applySgr(style: LogStyle, codes: readonly number[]): LogStyle {
  let next = style;
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 0) next = PLAIN;
    else if (code === 1) next = { ...next, bold: true };
    else if (code === 2) next = { ...next, dim: true };
    else if (code === 3) next = { ...next, italic: true };
    else if (code === 4) next = { ...next, underline: true };
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code === 23) next = { ...next, italic: false };
    else if (code === 24) next = { ...next, underline: false };
    else if (code >= 30 && code <= 37) next = { ...next, color: code - 30 };
    else if (code >= 90 && code <= 97) next = { ...next, color: code - 82 };
    else if (code === 39) next = { ...next, color: null };
    else if (code === 38 || code === 48) {
      const length = codes[index + 1] === 2 ? 4 : 2;
      if (code === 38) next = { ...next, color: codes[index + 1] === 2 ? `rgb(${codes.slice(index + 2, index + 5).join(",")})` : indexed(codes[index + 2] ?? 0) };
      index += length;
    }
  }
  return next;
}

function indexed(code: number): number | string {
  if (code < 16) return code;
  if (code >= 232) return `rgb(${Array<number>(3).fill(8 + (code - 232) * 10).join(",")})`;
  const level = (part: number): number => (part === 0 ? 0 : 55 + part * 40);
  const cube = code - 16;
  return `rgb(${level(Math.floor(cube / 36))},${level(Math.floor(cube / 6) % 6)},${level(cube % 6)})`;
}
