import { TouchstoneError } from "../../api/tokens.ts";
import type { ReplayedWrite } from "../operations/replay.ts";
import { launchReads } from "../read/launches.ts";
import type { Handlers, WriteContext } from "./context.ts";
import { isRefused } from "./pieces.ts";

/** So many notes at most say what of the kept calls was refused. */
const MOST_REFUSALS = 20;

/** Calls that were kept while no engine was there: the writes of each are stored together with the position behind them. */
export function replayWrites({ db, keys, dirty }: WriteContext, handlers: Omit<Handlers, "launch.replay">): Pick<Handlers, "launch.replay"> {
  const reads = launchReads(db);
  const putOffset = db.prepare<[number, number]>(
    "INSERT INTO launch_offsets (launch_key, stream, offset) VALUES (?, 'spool', ?) ON CONFLICT DO UPDATE SET offset = excluded.offset",
  );
  // SAFETY: `op` and `input` come as a pair by the type of a write.
  const one = db.transaction(({ op, input }: ReplayedWrite) => void (handlers[op] as (input: unknown) => unknown)(input));

  return {
    "launch.replay"({ launchId, from, to, writes, notes }) {
      const launchKey = reads.keyOf(launchId);
      if (launchKey === undefined) throw new TouchstoneError({ code: "LAUNCH_NOT_FOUND", message: `There is no launch ${launchId} in this store.` });
      const stored = reads.offset(launchId, "spool");
      if (from !== stored) return { applied: false, offset: stored };
      const refusals = new Set<string>();
      for (const write of writes) {
        const mark = dirty.mark();
        try {
          one(write);
        } catch (error) {
          if (!db.inTransaction || !(error instanceof TouchstoneError || isRefused(error))) throw error;
          keys.forget();
          dirty.undo(mark);
          refusals.add(`${write.what} was kept while the engine was away and could not be stored: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      const said = [...notes, ...[...refusals].slice(0, MOST_REFUSALS)];
      if (said.length > 0) handlers["launch.update"]({ launchId, notes: said });
      putOffset.run(launchKey, to);
      return { applied: true, offset: to };
    },
  };
}
