import type { Packed } from "../pack.ts";
import type { SourceRecord } from "../records.ts";

/** What a pack says of one run, with what went wrong and the places behind it. */
export function* unpacked({ batch, artifacts, problems }: Packed, run: string): Generator<SourceRecord> {
  for (const said of batch.runs) if (said.run === run) yield said;
  for (const values of batch.values) {
    if (values.run !== run) continue;
    for (const param of values.params) yield { k: "param", run, ...param };
    for (const tag of values.tags) yield { k: "tag", run, ...tag };
    for (const { keys, origin, key, value, step, time } of values.points) {
      for (const [at, index] of key.entries()) yield { k: "metric", run, key: keys[index] ?? "", value: value[at] ?? Number.NaN, step: step[at] ?? 0, time: time[at] ?? 0, origin };
    }
  }
  for (const artifact of artifacts) if (artifact.run === run) yield artifact;
  yield* problems;
  for (const place of batch.places) yield { k: "offset", ...place };
}
