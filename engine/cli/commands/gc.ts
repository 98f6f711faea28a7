import { gcAnswer } from "../../api/cli.ts";
import { engineCollect } from "../../api/engine.ts";
import { defineCommand } from "../command.ts";
import { sizeText } from "../text.ts";

export const command = defineCommand({
  usage: "[options]",
  options: {},
  schema: gcAnswer,
  async run(call) {
    const { files, bytes } = await call.engine().request(engineCollect, null, { signal: call.signal });
    return { answer: { files, bytes } };
  },
  print({ files, bytes }, out) {
    out(files === 0 ? "Nothing to free: every stored file belongs to a run." : `Freed ${sizeText(bytes)} in ${files} file${files === 1 ? "" : "s"}.`);
  },
});
