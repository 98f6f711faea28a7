import v8 from "node:v8";

/** V8's own flag, which exists once its engine of linear time is switched on. */
const LINEAR: string = "l";

/**
 * RLIKE's test: whether the pattern matches somewhere in the text. Patterns come from whoever filters, so they run on V8's
 * engine of linear time; null for one that is no pattern, or that only trying again and again could match (look-around,
 * back references, large counts). What is left is common to JavaScript, Python and RE2.
 */
export function patternMatcher(pattern: string): ((text: string) => boolean) | null {
  v8.setFlagsFromString("--enable-experimental-regexp-engine");
  try {
    const linear = new RegExp(pattern, LINEAR);
    return (text) => linear.test(text);
  } catch {
    return null;
  }
}
