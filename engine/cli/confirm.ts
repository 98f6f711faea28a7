import { createInterface } from "node:readline";

/** Asks on the standard error; anything but yes is no, and so are the end of the input and Ctrl-C. Null where either end is no terminal. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean | null> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) return null;
  // Not as a terminal of its own: Ctrl-C stays a signal.
  const lines = createInterface({ input: stdin, terminal: false });
  try {
    stderr.write(`${question} [y/N] `);
    const answer = await new Promise<string>((resolve) => {
      lines.once("line", resolve).once("close", () => resolve(""));
      signal.addEventListener("abort", () => resolve(""), { once: true });
    });
    return /^\s*y(es)?\s*$/i.test(answer);
  } finally {
    lines.close();
  }
}
