import { labelsAgreementAnswer, type LabelsAgreementAnswer } from "../../api/cliLabeling.ts";
import { labelsAgreement } from "../../api/labeling.ts";
import type { WireNumber } from "../../api/tokens.ts";
import { defineCommand } from "../command.ts";
import { table } from "../text.ts";

export const command = defineCommand({
  usage: "SET",
  options: {},
  words: { min: 1, max: 1 },
  schema: labelsAgreementAnswer,
  async run(call) {
    const [set = ""] = call.words;
    const found = await call.engine().request(labelsAgreement, { set }, { signal: call.signal });
    return { answer: { ...found, annotators: [...found.annotators], pairs: [...found.pairs], perClass: [...found.perClass] } };
  },
  print(found, out) {
    out(`${found.set}: α ${words(found.alpha)}, ${found.conflicts} conflicts`);
    const rows = [["all", words(found.percent, true), words(found.alpha)], ...found.pairs.map((pair) => [`${pair.a} and ${pair.b}`, words(pair.percent, true), words(pair.alpha)])];
    for (const line of table(["annotators", "agree", "Krippendorff's α"], rows)) out(`  ${line}`);
    for (const line of table(["class", "α against the rest"], found.perClass.map((one) => [one.name, words(one.alpha)]))) out(`  ${line}`);
  },
});

/** `0.81 [0.74, 0.87] n 180`, or why there is none. */
function words(value: LabelsAgreementAnswer["alpha"], percent = false): string {
  if (value.value === null) return `— (${value.reason}; n ${value.n})`;
  const text = (one: WireNumber): string => (percent ? `${(Number(one) * 100).toFixed(1)} %` : Number(one).toFixed(3));
  return `${text(value.value)} [${text(value.low)}, ${text(value.high)}] n ${value.n}`;
}
