import { createReadStream } from "node:fs";
import { blanked } from "../capture/node/mask.cjs";

/** A line without an end is looked through in parts of so much. */
const LONGEST = 1 << 20;
const KEY_BEGINS = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const KEY_GOES_ON = /^\s*(?:[A-Za-z0-9+/=]*|(?:Proc-Type|DEK-Info): .*)\s*$/;

/** Counts lines in which something was masked. */
export interface Masked {
  lines: number;
}

/**
 * The first `bytes` of a log, with what looks like a secret masked by the rules by which capture masks. Each byte stays in its place, and
 * what comes out depends on the bytes alone, so that it can be read twice.
 */
export async function* maskedLog(file: string, bytes: number, signal: AbortSignal, count: Masked = { lines: 0 }): AsyncGenerator<Uint8Array> {
  let rest = "";
  let inKey = false;
  const mask = (whole: string): string => {
    const line = whole.replace(/[\r\n]$/, "");
    inKey = inKey && KEY_GOES_ON.test(line);
    const blank = inKey ? line.replace(/\S/g, "*") : mapped(line, blanked);
    inKey ||= KEY_BEGINS.test(line) && !line.includes("-----END");
    if (blank !== line) count.lines++;
    return blank + whole.slice(line.length);
  };
  for await (const chunk of createReadStream(file, { end: bytes - 1, signal, encoding: "latin1" })) {
    const lines = `${rest}${String(chunk)}`.split(/(?<=[\r\n])/);
    rest = lines.pop() ?? "";
    if (/[\r\n]$/.test(rest)) {
      lines.push(rest);
      rest = "";
    }
    const out = lines.flatMap(partsOf).map(mask);
    while (rest.length >= LONGEST) {
      out.push(mask(rest.slice(0, LONGEST)));
      rest = rest.slice(LONGEST);
    }
    yield Buffer.from(out.join(""), "latin1");
  }
  yield Buffer.from(mask(rest), "latin1");
}

/** A letter a byte: a blank of the patterns that is the half of another letter must not end one. */
function mapped(line: string, mask: (text: string) => string): string {
  return mask(line.replaceAll("\u00a0", "\u0100")).replaceAll("\u0100", "\u00a0");
}

function partsOf(line: string): string[] {
  return Array.from({ length: Math.ceil(line.length / LONGEST) }, (_, at) => line.slice(at * LONGEST, (at + 1) * LONGEST));
}
