import { evaluateAnswer } from "../../api/cliEvaluation.ts";
import { defineCommand } from "../command.ts";
import { estimateText, evaluateCall, mappingOptions, plainText } from "../evaluationFile.ts";
import { numberText, table } from "../text.ts";

export const command = defineCommand({
  usage: "FILE [options]",
  options: mappingOptions,
  words: { min: 1, max: 1 },
  schema: evaluateAnswer,
  async run(call) {
    const { evaluationId, path, task, n, mapping, metrics, perClass, confusion, tags, answer, notes } = await evaluateCall(call);
    return {
      answer: {
        evaluationId,
        path,
        task,
        n,
        mapping: { task: mapping.task, positive: mapping.positive, columns: mapping.columns.map(({ column, role, classes }) => ({ column, role, ...(classes === undefined ? {} : { classes: [...classes] }) })) },
        metrics: Object.fromEntries(metrics.map(({ key, estimate }) => [key, estimate])),
        baseline: Object.fromEntries(metrics.map(({ key, baseline }) => [key, baseline])),
        perClass: [...perClass],
        confusion: confusion === null ? null : { labels: [...confusion.labels], matrix: confusion.matrix.map((row) => [...row]) },
        tags: [...tags],
        answer: plainText(answer),
        notes: [...notes],
      },
    };
  },
  print({ path, n, metrics, baseline, tags, answer, notes, confusion }, out) {
    out(`${path} · ${n} rows`);
    out(answer);
    out("");
    for (const line of table(["metric", "value [95 %]", "baseline"], Object.entries(metrics).map(([key, estimate]) => [key, estimateText(estimate), numberText(baseline[key] ?? null)]), [2])) out(`  ${line}`);
    if (confusion && confusion.labels.length <= 12) {
      out("");
      for (const line of table(["truth \\ predicted", ...confusion.labels], confusion.matrix.map((row, i) => [confusion.labels[i] ?? "", ...row.map(String)]), confusion.labels.map((_, i) => i + 1))) out(`  ${line}`);
    }
    if (tags.length > 0) {
      out("");
      for (const line of table(["tag", "n", "rate", "of errors"], tags.map((tag) => [tag.tag, String(tag.n), estimateText(tag.rate), numberText(tag.errorShare)]), [1, 3])) out(`  ${line}`);
    }
    for (const note of notes) out(`· ${note}`);
  },
});
