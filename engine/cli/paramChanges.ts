import type { EngineConnection } from "../api/connect.ts";
import { runsGet } from "../api/runs.ts";
import { changedParams } from "../store/shownParams.ts";

/** Says which params of a resumed run have another value than before, each once: arguments are known at its start, the script's own later. */
export class ParamChanges {
  readonly #connection: EngineConnection;
  readonly #say: (line: string) => void;
  readonly #told = new Set<string>();

  constructor(connection: EngineConnection, say: (line: string) => void) {
    this.#connection = connection;
    this.#say = say;
  }

  async tell(runId: string): Promise<void> {
    const { params } = await this.#connection.request(runsGet, { runId });
    const fresh = changedParams(params).filter((words) => !this.#told.has(words));
    for (const words of fresh) this.#told.add(words);
    if (fresh.length > 0) this.#say(`touchstone: The params of this run change: ${fresh.join("; ")}. What it logged before is of the old ones.`);
  }
}
