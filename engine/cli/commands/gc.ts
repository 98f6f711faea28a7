import { gcAnswer } from "../../api/cli.ts";
import { engineCollect } from "../../api/engine.ts";
import { defineCommand } from "../command.ts";
import { sizeText } from "../text.ts";

export const command = defineCommand({
  usage: "[options]",
  options: {},
  needsStore: true,
  schema: gcAnswer,
  async run(call) {
    const { files, bytes, strays } = await call.engine().request(engineCollect, null, { signal: call.signal });
    return { answer: { files, bytes, strays: [...strays] } };
  },
  print({ files, bytes, strays }, out) {
    out(files === 0 ? "Nothing to free: every stored file belongs to a run." : `Freed ${sizeText(bytes)} in ${files} file${files === 1 ? "" : "s"}.`);
    for (const path of strays) out(`Belongs to no run, model or trace, and stays; remove it where it holds nothing of yours: ${path}`);
  },
});
