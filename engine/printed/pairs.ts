import type { Counter, Finding } from "./finding.ts";
import { FILLERS, isMetricName, isSetting, mayBeMetric, PHASES, SENTENCE_WORDS } from "./words.ts";
import { NUMBER, numberOf } from "./values.ts";

const LONGEST = 2_000;
/** Words that belong neither to a counter nor to a name: more of them, and it is a sentence. */
const MOST_LOOSE_WORDS = 2;

const OF = "(?:\\s*(?:\\/|of)\\s*(\\d+))?";
const EPOCH = new RegExp(`(?<![\\w-])(?:epoch|ep)\\s*(?:\\((train|val|test)\\)\\s*)?(?:no\\.?|number)?\\s*[:=#]?\\s*[[(]?\\s*(\\d+)${OF}\\s*[\\])]?(?![\\w.%])`, "i");
const STEP = new RegExp(`(?<![\\w-])(?:global[ _]step|num_updates|(?:mini)?batch(?: idx)?|steps?|iter(?:ation)?s?|it|update|round|episode|(?:total[ _])?timesteps?)\\s*[:=#]?\\s*[[(]?\\s*(\\d+)${OF}\\s*[\\])]?(?![\\w.%])`, "i");
/** `[640/60000 (1%)]`, `[  10/5005]`, `[50/7330]` behind an epoch. */
const BRACKET = /\[\s*(\d+)\s*\/\s*(\d+)(?:\s*\(\s*[\d.]+%\s*\))?\s*\]/;
/** `[1,  2000] loss: 2.17` and `[12]\ttrain-rmse:0.5` and `12:\tlearn: 0.5` and `Train: 0 [  10/1251 (  1%)]`. */
const LEADING_PAIR = /^\s*\[\s*(\d+)\s*,\s*(\d+)\s*\]/;
const LEADING_ROUND = /^\s*\[(\d+)\](?=\s)/;
const LEADING_NUMBER = /^\s*(\d+):(?=\t+learn:|\s+(?:[\w-]+: [\d.]+\s+){2,}total:)/;
const LEADING_PHASE = /^\s*(train|val|validation|test|eval):\s*(\d+)(?=\s*\[)/i;

const NOISE = [
  /\(\s*[-+]?[\d.]+(?:e[-+]?\d+)?\s*%?\s*\)/gi, // (running mean), (12 %)
  /\(\s*[\d.]+\s*(?:ms|s|sec|secs|seconds|min|h)(?:\/\w+)?\s*\)/gi,
  /(?:\b(?:in|took|eta|time|elapsed|remaining|total|duration)\b[:=\s]*)?(?<![\w.])\d+(?::\d\d)?:\d\d(?:\.\d+)?(?![\w.])/gi,
  /(?:\b(?:in|took|eta|time|elapsed|remaining|total|duration)\b[:=\s]*)?(?<![\w.])[\d.]+\s*(?:ms|us|µs|s|sec|secs|seconds|mins?|minutes|hours|hrs?|h)(?:\/(?:\w+))?(?!\w)/gi,
  /(?<![\w.])[\d.,]+\s*(?:it|samples|examples|tokens|tok|steps?|img|images|iters?|batch(?:es)?)\s*\/\s*s(?:ec)?\b/gi,
  /(?<![\w.])[\d.]+\s*[KMGT](?:i?B)?(?![\w.])/g,
  /[=\-*#_]{3,}/g,
  /(?<![:=]\s*)(?<![\w.])\d+%(?=[\s|,\])])(?!\s*$)/g,
];
const BOUNDARY = "(?=\\s*(?:$|[,;|)\\]}(%±/]|\\s|\\.$|\\.\\s))";
const NAME = "[A-Za-z_][\\w.@%/'-]*(?: [A-Za-z_@][\\w.@%/'-]*){0,5}";
const PAIR = new RegExp(`(${NAME})\\s*(?:\\([^()]{1,12}\\)\\s*)?(?<![:=])[:=]\\s*(${NUMBER})(%?)${BOUNDARY}(?!\\s*\\/\\s*\\d)`, "g");
const SPACED = new RegExp(`(${NAME})\\s+(${NUMBER})(%?)${BOUNDARY}(?!\\s*\\/\\s*\\d)`, "g");

/** Code, commands and quotations are no logs. */
const NOT_LOGGED = /(?<!epoch)(?<!Epoch)[A-Za-z_]\((?!\w{0,3}\))(?!s\))|[`"“”]|==|=>|->|\bdef\b|\breturn\b|\bimport\b|;\s*$| = [\d.]+; |^\s*[#>$*+│┃║]|^\s*\/\/|(?:^|\s)--?[a-z][\w-]+(?=[\s=]|$)|https?:|\|\s*\|/;

/**
 * `name=value`, `name: value` and, for names that measure, `name value`, beside an epoch or step in the same line, or under a
 * heading with one (`context`). A line with words of a sentence is none of it.
 */
export function readPairs(text: string, context: boolean): Finding | null {
  if (text.length > LONGEST || NOT_LOGGED.test(text.replace(/\b(?:epoch)\((?:train|val|test)\)/i, "epoch"))) return null;
  const line = text.replace(/^Saving dict for (?=global step)/, "").replace(/'s (?=\w)/g, "_");
  const { epoch, step, rest } = readCounters(line);
  if (epoch === null && step === null && !context) return null;

  let open = rest;
  if (open.split("|").length > 3) open = withoutSentences(open);
  for (const noise of NOISE) open = open.replace(noise, " ¦ ");
  const found: { name: string; value: number; plain: boolean }[] = [];
  const take = (pattern: RegExp, plain: boolean): void => {
    open = open.replace(pattern, (whole: string, name: string, value: string) => {
      const words = nameWords(name);
      if (words === null || (plain && !isMetricName(words) && mayBeMetric(words))) return whole;
      found.push({ name: words, value: numberOf(value), plain });
      // Words in front that are no part of the name are judged with the rest of the line.
      return `${name.slice(0, Math.max(0, name.length - words.length))} ¦ `;
    });
  };
  take(PAIR, false);
  take(SPACED, true);

  const words = (open.match(/[A-Za-z][A-Za-z']+/g) ?? []).map((word) => word.toLowerCase());
  if (words.some((word) => SENTENCE_WORDS.has(word))) return null;
  const loose = words.filter((word) => !FILLERS.has(word) && PHASES[word] === undefined);
  if (loose.length > (context && epoch === null && step === null ? 1 : MOST_LOOSE_WORDS)) return null;

  // `train Loss: 0.58 Acc: 0.70`: the first name's phase is that of the line.
  const named = found.map(({ name }) => PHASES[(/^(\w+) /.exec(name)?.[1] ?? "").toLowerCase()]);
  const phase = words.map((word) => PHASES[word]).find((known) => known !== undefined) ?? (named.slice(1).every((other) => other === undefined) ? named[0] : undefined);
  const values = found.filter(({ name }) => mayBeMetric(name)).map(({ name, value }) => ({ key: keyOf(name, phase), value }));
  const counted = epoch !== null || step !== null;
  const good = counted ? values.some(({ key }) => !isSetting(key)) : values.length > 0 && found.every(({ name }) => isMetricName(name) && !isSetting(name));
  return good ? { epoch, step, values } : null;
}

/** A line that is nothing but an epoch or step, perhaps framed: `Epoch 3/10`, `===== Epoch 3 =====`, `Step 100:`. */
export function readHeading(text: string): { epoch: Counter | null; step: Counter | null } | null {
  if (text.length > 120) return null;
  const { epoch, step, rest } = readCounters(text);
  const words = rest.match(/[A-Za-z]+/g) ?? [];
  const known = words.every((word) => FILLERS.has(word.toLowerCase()) || PHASES[word.toLowerCase()] !== undefined || /^(starting|begin|start|running)$/i.test(word));
  return (epoch !== null || step !== null) && known && !/\d/.test(rest) && words.length <= 2 ? { epoch, step } : null;
}

function readCounters(text: string): { epoch: Counter | null; step: Counter | null; rest: string } {
  let rest = text;
  const cut = (pattern: RegExp): RegExpExecArray | null => {
    const match = pattern.exec(rest);
    if (match) rest = `${rest.slice(0, match.index)} ¦ ${rest.slice(match.index + match[0].length)}`;
    return match;
  };
  const counter = (at: string | undefined, of: string | undefined): Counter => ({ at: Number(at), of: of === undefined ? null : Number(of) });

  const pair = cut(LEADING_PAIR);
  if (pair) return { epoch: counter(pair[1], undefined), step: counter(pair[2], undefined), rest };
  const round = cut(LEADING_NUMBER) ?? (/^\s*\[\d+\]\s+[\w'@-]+(?: [\w'@-]+)?:\s*[-\d]/.test(rest) ? cut(LEADING_ROUND) : null);
  if (round) return { epoch: null, step: counter(round[1], undefined), rest };
  const phased = LEADING_PHASE.exec(rest);
  let epoch: Counter | null = null;
  if (phased) {
    epoch = counter(phased[2], undefined);
    rest = `${phased[1]} ¦ ${rest.slice(phased[0].length)}`;
  } else {
    const match = cut(EPOCH);
    if (match) epoch = counter(match[2], match[3]);
    if (match?.[1] !== undefined) rest = `${match[1]} ${rest}`;
  }
  const stepMatch = cut(STEP) ?? (epoch === null ? null : cut(BRACKET));
  if (stepMatch === null && epoch === null) {
    // Under a heading: `loss: 2.30  [   64/60000]`.
    const bare = cut(BRACKET);
    if (bare) return { epoch: null, step: counter(bare[1], bare[2]), rest };
  }
  return { epoch, step: stepMatch ? counter(stepMatch[1], stepMatch[2]) : null, rest };
}

/** In a line of many columns, one whose name is a phrase (`number of skipped iterations: 0`) is passed over. */
function withoutSentences(text: string): string {
  const isPhrase = (column: string): boolean => /^\s*[\w ()/%-]+:\s*[-+\d.eE]+\s*$/.test(column) && column.toLowerCase().split(/\W+/).some((word) => SENTENCE_WORDS.has(word));
  return text.split("|").map((column) => (isPhrase(column) ? " " : column)).join("|");
}

/** The words of a name, without fillers in front; null where they are words of a sentence or too many. */
function nameWords(text: string): string | null {
  const words = text.trim().split(/\s+/);
  while (words.length > 1 && FILLERS.has((words[0] ?? "").toLowerCase())) words.shift();
  if (words.length > 4 || words.some((word) => SENTENCE_WORDS.has(word.toLowerCase()))) return null;
  return words.join(" ");
}

/**
 * The key of a name: blanks become underscores. A phase that stands before the name, or once in the line, goes before it in its short
 * form: `Validation Loss: 0.3` and `Val: Loss 0.3` are `val_loss`.
 */
function keyOf(name: string, phase: string | undefined): string {
  const words = name.replace(/[.'-]+$/, "").split(/\s+/);
  const first = PHASES[(words[0] ?? "").toLowerCase()];
  if (first !== undefined && words.length > 1) return `${first}_${words.slice(1).map(lowered).join("_")}`;
  const key = words.join("_");
  const own = key.toLowerCase().split(/[_/.-]/).some((part) => PHASES[part.replace(/\d+$/, "")] !== undefined);
  return phase === undefined || own ? key : `${phase}_${lowered(key)}`;
}

/** `Loss` as `loss`; `LR`, `mAP` and `box_mAP` as they are. */
function lowered(word: string): string {
  return /^[A-Z][a-z]+$/.test(word) ? word.toLowerCase() : word;
}
