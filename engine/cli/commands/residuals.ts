import { residualsAnswer } from "../../api/cliEvaluation.ts";
import { evaluationResiduals } from "../../api/evaluation.ts";
import { defineCommand } from "../command.ts";
import { evaluateCall, mappingOptions, plainText } from "../evaluationFile.ts";
import { numberText, table } from "../text.ts";

export const command = defineCommand({
  usage: "FILE [options]",
  options: mappingOptions,
  words: { min: 1, max: 1 },
  schema: residualsAnswer,
  async run(call) {
    const { evaluationId } = await evaluateCall(call);
    const { n, order, tests, screening, answer } = await call.engine().request(evaluationResiduals, { evaluationId, selection: [], feature: null }, { signal: call.signal });
    return {
      answer: {
        n,
        order,
        tests: tests.map(({ name, statistic, p, reading, verdict }) => ({ name, statistic, p, reading, verdict })),
        screening: screening.map(({ feature, association, p, q, kind }) => ({ feature, association, p, q, kind })),
        answer: plainText(answer),
      },
    };
  },
  print({ answer, tests, screening }, out) {
    out(answer);
    out("");
    for (const { name, statistic, p, reading, verdict } of tests) out(`${{ passed: "✓", look: "!", unknown: "·" }[verdict]} ${name}: ${numberText(statistic)}, p ${numberText(p)}. ${reading}`);
    if (screening.length === 0) return;
    out("");
    for (const line of table(["the residual still depends on", "explains", "q"], screening.map((each) => [each.feature, `${(each.association * 100).toFixed(1)} %`, numberText(each.q)]), [1, 2])) out(line);
  },
});
