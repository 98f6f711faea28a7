import type { ParamSource } from "../api/runs.ts";

/** What code said of itself comes before what was seen from outside, and every word of this session before an earlier one's. */
const ranks: Readonly<Record<ParamSource, number>> = { client: 0, script: 1, argument: 2, config: 3, default: 4, printed: 5, earlier: 6 };

/** Of several sources of one param the value of the one with the least rank is the run's, on every screen and in every answer. */
export function sourceRank(source: ParamSource): number {
  return ranks[source];
}

/** The one value of each key, in the order in which the keys come. */
export function shownParams<T extends { readonly key: string; readonly source: ParamSource }>(params: readonly T[]): Map<string, T> {
  const shown = new Map<string, T>();
  for (const param of params) {
    const before = shown.get(param.key);
    if (before === undefined || ranks[param.source] < ranks[before.source]) shown.set(param.key, param);
  }
  return shown;
}

/** Which params of a resumed run have another value than before: `lr: 0.02 before, 0.3 from here on`. */
export function changedParams(params: readonly { readonly key: string; readonly value: string; readonly source: ParamSource }[]): string[] {
  const shown = shownParams(params);
  return params.flatMap(({ key, value, source }) => {
    const now = shown.get(key)?.value ?? value;
    return source === "earlier" && now !== value ? [`${key}: ${value} before, ${now} from here on`] : [];
  });
}
