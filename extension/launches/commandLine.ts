/** Splits what a person typed as arguments: quotes group, a backslash escapes inside double quotes (POSIX rules). */
export function splitArguments(text: string): readonly string[] {
  const words: string[] = [];
  let word = "";
  let quote: "'" | '"' | null = null;
  let inWord = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (quote === null && /\s/.test(character)) {
      if (inWord) words.push(word);
      word = "";
      inWord = false;
      continue;
    }
    inWord = true;
    if (quote === null && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = null;
    else if (character === "\\" && quote === '"' && /["\\]/.test(text.charAt(index + 1))) word += text.charAt((index += 1));
    else word += character;
  }
  if (quote !== null) throw new Error(`The quote ${quote} is not closed.`);
  if (inWord) words.push(word);
  return words;
}

/** The inverse: what a person would type for these words. */
export function joinArguments(words: readonly string[]): string {
  return words.map((word) => (/^[^\s'"\\]+$/.test(word) ? word : word.includes('"') && !word.includes("'") ? `'${word}'` : `"${word.replace(/(["\\])/g, "\\$1")}"`)).join(" ");
}
