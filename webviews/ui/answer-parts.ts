/** One stretch of an answer in one tone. */
export interface AnswerPart {
  readonly text: string;
  readonly tone: "plain" | "strong" | "soft" | "good" | "bad";
}

/**
 * Splits an engine's sentence (`RunDetail.answer` and its like): `**bold**`; a change that is more than chance is `[+0.05]`
 * (better) or `[-0.03]` (worse); `[+|−0.05]` is a better change with its own sign; what stands in parentheses, and `± x`, gets
 * the second tone.
 */
export function answerParts(sentence: string): AnswerPart[] {
  const parts: AnswerPart[] = [];
  const pattern = /\*\*(.+?)\*\*|\[\+(.+?)\]|\[-(.+?)\]|(\([^()]*\)|±\s?[\d.,\u2009\u2060]+)/g;
  let from = 0;
  for (const match of sentence.matchAll(pattern)) {
    const [whole, strong, good, bad, soft] = match;
    if (match.index > from) parts.push({ text: sentence.slice(from, match.index), tone: "plain" });
    if (strong !== undefined) parts.push({ text: strong, tone: "strong" });
    else if (good !== undefined) parts.push({ text: signed("+", good), tone: "good" });
    else if (bad !== undefined) parts.push({ text: signed("−", bad), tone: "bad" });
    else parts.push({ text: soft ?? whole, tone: "soft" });
    from = match.index + whole.length;
  }
  if (from < sentence.length) parts.push({ text: sentence.slice(from), tone: "plain" });
  return parts;
}

function signed(sign: string, text: string): string {
  return text.startsWith("|") ? text.slice(1) : sign + text;
}
