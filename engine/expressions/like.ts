/**
 * SQL's LIKE: `%` any text, `_` one character (code point); no escape character, as in MLflow. The whole text
 * must match. Linear-time in practice and never exponential: it backtracks to the last `%` only.
 */
export function likeMatcher(pattern: string): (text: string) => boolean {
  const parts = pattern.split("%");
  if (!pattern.includes("_")) {
    const [first = "", ...rest] = parts;
    const last = rest.at(-1) ?? "";
    if (rest.length === 0) return (text) => text === pattern;
    if (rest.length === 1) return (text) => text.length >= first.length + last.length && text.startsWith(first) && text.endsWith(last);
    if (rest.length === 2 && first === "" && last === "") return (text) => text.includes(rest[0] ?? "");
  }
  const wanted = [...pattern];
  return (text) => {
    const characters = [...text];
    let at = 0;
    let inPattern = 0;
    let star = -1;
    let resume = 0;
    while (at < characters.length) {
      const character = wanted[inPattern];
      if (character === "%") {
        star = inPattern++;
        resume = at;
      } else if (character !== undefined && (character === "_" || character === characters[at])) {
        inPattern += 1;
        at += 1;
      } else if (star >= 0) {
        inPattern = star + 1;
        at = ++resume;
      } else {
        return false;
      }
    }
    while (wanted[inPattern] === "%") inPattern += 1;
    return inPattern === wanted.length;
  };
}
