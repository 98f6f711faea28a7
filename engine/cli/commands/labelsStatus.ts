import { labelsStatusAnswer } from "../../api/cliLabeling.ts";
import { labelsStatus } from "../../api/labeling.ts";
import { defineCommand } from "../command.ts";
import { table } from "../text.ts";

export const command = defineCommand({
  usage: "[SET]",
  options: {},
  words: { min: 0, max: 1 },
  schema: labelsStatusAnswer,
  async run(call) {
    const [set] = call.words;
    const { sets } = await call.engine().request(labelsStatus, set === undefined ? {} : { set }, { signal: call.signal });
    return { answer: { sets: sets.map((one) => ({ ...one, classes: [...one.classes], annotators: [...one.annotators], problems: [...one.problems] })) } };
  },
  print({ sets }, out) {
    if (sets.length === 0) out("No label set. Make one in the editor with: Touchstone: New Label Set…");
    for (const one of sets) {
      out(`${one.name} (labels/${one.set}): ${one.answered} of ${one.items} items answered, ${one.conflicts} conflicts`);
      out(`  ${one.classes.map(({ name, votes }) => `${name} ${votes}`).join(" · ")}`);
      const rows = one.annotators.map((who) => [who.annotator, ...[who.labelled, who.outOfScope, who.unsure, who.skipped].map(String)]);
      if (rows.length > 0) for (const line of table(["annotator", "labelled", "out of scope", "unsure", "skipped"], rows, [1, 2, 3, 4])) out(`  ${line}`);
      for (const { file, line, message } of one.problems) out(`  ${file}:${line}: ${message}`);
    }
  },
});
