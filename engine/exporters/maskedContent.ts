import { createReadStream } from "node:fs";
import { blanked, blankedCode } from "../capture/node/mask.cjs";

/** A line without an end is looked through in parts of so much. */
const LONGEST = 1 << 20;
const KEY_BEGINS = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const KEY_GOES_ON = /^\s*(?:[A-Za-z0-9+/=]*|(?:Proc-Type|DEK-Info): .*)\s*$/;

/** How a content is looked through: as what a program printed, as code, or as a patch of code. */
export type MaskedAs = "log" | "code" | "patch";

/** Counts lines in which something was masked. */
export interface Masked {
  lines: number;
}

/** The first `bytes` of a file, or what stands in memory. */
export interface Maskable {
  readonly content: string | Uint8Array;
  readonly bytes: number;
  readonly as: MaskedAs;
}

/** Git's own rule: what has a NUL near its beginning is no text. */
const LOOKED_AT = 8_000;

/** Whether a content is none of lines: it is not looked through. */
export async function isBinary({ content, bytes }: Omit<Maskable, "as">): Promise<boolean> {
  if (bytes === 0) return false;
  if (typeof content !== "string") return content.subarray(0, LOOKED_AT).includes(0);
  for await (const chunk of createReadStream(content, { end: Math.min(bytes, LOOKED_AT) - 1, encoding: "latin1" })) if (String(chunk).includes("\0")) return true;
  return false;
}

/**
 * A content with what looks like a secret masked, by the rules by which capture masks. Each byte stays in its place (so that a patch stays
 * one), and what comes out depends on the bytes alone, so that it can be read twice.
 */
export async function* maskedContent({ content, bytes, as }: Maskable, signal: AbortSignal, count: Masked = { lines: 0 }): AsyncGenerator<Uint8Array> {
  if (bytes === 0) return;
  let rest = "";
  const mask = lineMask(as, count);
  for await (const chunk of typeof content === "string" ? createReadStream(content, { end: bytes - 1, signal, encoding: "latin1" }) : [Buffer.from(content).toString("latin1")]) {
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

/** Masks one line after the other. */
function lineMask(as: MaskedAs, count: Masked): (whole: string) => string {
  const rules = as === "log" ? blanked : blankedCode;
  let inKey = false;
  let inBinary = false;
  return (whole) => {
    const line = whole.replace(/[\r\n]$/, "");
    if (as === "patch") {
      // Contents of binary files are letters by chance.
      inBinary = line === "GIT binary patch" || (inBinary && !line.startsWith("diff --git "));
      if (inBinary) return whole;
    }
    // A line of a patch says first whether it came or went.
    const sign = as === "patch" && /^[ +-]/.test(line) ? line.slice(0, 1) : "";
    const text = line.slice(sign.length);
    inKey = inKey && KEY_GOES_ON.test(text);
    const blank = inKey ? text.replace(/\S/g, "*") : mapped(text, rules);
    inKey ||= KEY_BEGINS.test(text) && !text.includes("-----END");
    if (blank !== text) count.lines++;
    return sign + blank + whole.slice(line.length);
  };
}

/** A letter a byte: a blank of the patterns that is the half of another letter must not end one. */
function mapped(line: string, mask: (text: string) => string): string {
  return mask(line.replaceAll("\u00a0", "\u0100")).replaceAll("\u0100", "\u00a0");
}

function partsOf(line: string): string[] {
  return Array.from({ length: Math.ceil(line.length / LONGEST) }, (_, at) => line.slice(at * LONGEST, (at + 1) * LONGEST));
}
