import { TouchstoneError } from "../../api/tokens.ts";
import type { ParamValue, TagValue } from "../operations.ts";
import type { RunRecord } from "../records.ts";
import { pythonRepr } from "../../platform/python.ts";
import type { WriteContext } from "./context.ts";

/** Writes of params and tags of a run. */
export function valueWrites({ db, keys, dirty }: WriteContext) {
  const param = db.prepare<[number, number, string], { value: string }>("SELECT value FROM params WHERE run_key = ? AND key_id = ? AND source = ?");
  const putParam = db.prepare<[number, number, string, string]>(
    "INSERT INTO params (run_key, key_id, source, value) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const putTag = db.prepare<[number, number, string]>(
    "INSERT INTO tags (run_key, key_id, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  const dropTag = db.prepare<[number, number]>("DELETE FROM tags WHERE run_key = ? AND key_id = ?");

  return {
    /** A value of another source stands beside this one; the same source may say it anew (a config file read again). */
    putParam(runKey: number, { key, value, source }: ParamValue): void {
      putParam.run(runKey, keys.of(key), source, value);
      dirty.params.push({ runKey, key, source, value });
    },
    /** As MLflow has it: a client may repeat a value, never change it. Throws `PARAM_CHANGED`, in MLflow's words for one or for a batch. */
    putClientParams({ runKey, runId }: RunRecord, params: readonly TagValue[], alone: boolean): void {
      const changed: string[] = [];
      for (const { key, value } of params) {
        const keyId = keys.of(key);
        const before = param.get(runKey, keyId, "client");
        if (!before) {
          putParam.run(runKey, keyId, "client", value);
          dirty.params.push({ runKey, key, source: "client", value });
        } else if (before.value !== value) {
          if (alone) {
            throw paramChanged(`Param with key='${key}' was already logged with value='${before.value}' for run ID='${runId}'. Attempted logging new value '${value}'.`);
          }
          changed.push(`{'key': ${pythonRepr(key)}, 'old_value': ${pythonRepr(before.value)}, 'new_value': ${pythonRepr(value)}}`);
        }
      }
      if (changed.length > 0) throw paramChanged(`Params were already logged='[${changed.join(", ")}]' for run ID='${runId}'.`);
    },
    putTag(runKey: number, { key, value }: TagValue): void {
      putTag.run(runKey, keys.of(key), value);
      dirty.tags.push({ runKey, key, value });
    },
    /** False where there was no such tag. */
    dropTag(runKey: number, key: string): boolean {
      dirty.tags.push({ runKey, key, value: null });
      return dropTag.run(runKey, keys.of(key)).changes > 0;
    },
  };
}

function paramChanged(words: string): TouchstoneError {
  return new TouchstoneError({ code: "PARAM_CHANGED", message: `Changing param values is not allowed. ${words}` });
}

export type ValueWrites = ReturnType<typeof valueWrites>;
