import { slicesAnswer, type SlicesAnswer } from "../../api/cliEvaluation.ts";
import { evaluationSlices, sliceDefaults, type Predicate, type Slice, type SliceSettings } from "../../api/evaluation.ts";
import { sliceText } from "../../evaluation/answer.ts";
import { type Call, defineCommand, wrongUse } from "../command.ts";
import { estimateText, evaluateCall, mappingOptions } from "../evaluationFile.ts";
import { numberText, table } from "../text.ts";

/** Lines that a person reads; the JSON has all. */
const SHOWN = 25;

export const command = defineCommand({
  usage: "FILE [options]",
  options: {
    ...mappingOptions,
    limit: { value: "K", short: "k", about: `how many slices with different rows (default ${sliceDefaults.k})` },
    alpha: { value: "A", about: `weight of the error against the size, above 0 up to 1 (default ${sliceDefaults.alpha})` },
    support: { value: "N", about: "fewest rows of a slice (default 1 % of the rows, at least 32)" },
    most: { value: "SHARE", about: "largest share of the rows that a slice may hold (default 1, no limit)" },
    level: { value: "L", about: `most conditions of a slice: 1 or 2 (default ${sliceDefaults.level})` },
    confirm: { about: "search one half of the rows, measure on the other" },
    budget: { value: "SECONDS", about: `most time for the search (default ${sliceDefaults.budgetMs / 1000})` },
  },
  words: { min: 1, max: 1 },
  schema: slicesAnswer,
  async run(call) {
    const settings = settingsOf(call);
    const { evaluationId } = await evaluateCall(call);
    const result = await call.engine().request(evaluationSlices, { evaluationId, threshold: null, settings }, { signal: call.signal });
    if (!result.exact) call.say(`Not exact: searched ${result.reached}.`);
    if (result.reason !== null) call.say(result.reason);
    return { answer: result.slices.map(row) };
  },
  print(slices, out) {
    for (const line of table(
      ["slice", "n", "error [95 %]", "of errors", "q"],
      slices.slice(0, SHOWN).map((slice) => [sliceText(slice), String(slice.size), estimateText(slice.rate), `${(slice.errorShare * 100).toFixed(1)} %`, numberText(slice.q)]),
      [1, 3, 4],
    )) out(line);
    if (slices.length > SHOWN) out(`… and ${slices.length - SHOWN} more: --json has them all, --limit fewer`);
  },
});

function settingsOf(call: Call): Partial<SliceSettings> {
  const k = call.options.integer("limit", 1, 1000);
  const support = call.options.integer("support", 1, 1_000_000_000);
  const level = call.options.integer("level", 1, 2);
  const seconds = call.options.integer("budget", 1, 86_400);
  const alpha = share(call, "alpha");
  const most = share(call, "most");
  return {
    ...(k === null ? {} : { k }),
    ...(support === null ? {} : { support }),
    ...(level === null ? {} : { level }),
    ...(seconds === null ? {} : { budgetMs: seconds * 1000 }),
    ...(alpha === null ? {} : { alpha }),
    ...(most === null ? {} : { most }),
    confirm: call.options.flag("confirm"),
  };
}

function share(call: Call, name: string): number | null {
  const text = call.options.text(name);
  if (text === null) return null;
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw wrongUse(`--${name} takes a number above 0 up to 1, not \`${text}\`.`);
  return value;
}

function row({ predicates, size, errors, score, rate, errorShare, q, heldOut, rowsDigest, equivalent, overlap }: Slice) {
  return { predicates: predicates.map(copy), size, errors, score, rate, errorShare, q, heldOut, rowsDigest, equivalent: equivalent.map((list) => list.map(copy)), overlap };
}

function copy({ feature, op, value }: Predicate): SlicesAnswer[number]["predicates"][number] {
  return { feature, op, value: typeof value === "string" || value === null ? value : [value[0], value[1]] };
}
