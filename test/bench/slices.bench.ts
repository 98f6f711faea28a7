import { existsSync } from "node:fs";
import { cutFeature, type Feature } from "../../engine/slices/features.ts";
import { findSlices } from "../../engine/slices/find.ts";
import type { Errors } from "../../engine/slices/tally.ts";
import { createRandom } from "../../engine/statistics/random.ts";
import { loadColumns } from "../../engine/tables/load.ts";
import { look } from "../../engine/tables/shape.ts";
import { openSource } from "../../engine/tables/source.ts";
import { type Benchmark, type Figure, timed } from "./benchmark.ts";

/** Exact search of slices of up to two conditions, from codes in memory to the answer. */
const benchmark: Benchmark = {
  title: "the 10 worst slices of up to two conditions, exact: Adult where TOUCHSTONE_ADULT names the file, and 1M × 30 seeded features of ten values",
  async run({ say }) {
    const adult = process.env["TOUCHSTONE_ADULT"] ?? "";
    if (!existsSync(adult)) say("TOUCHSTONE_ADULT names no file: Adult is left out");
    return [...(existsSync(adult) ? await realData(adult) : []), ...synthetic()];
  },
};
export default benchmark;

function measure(what: string, budget: string, features: readonly Feature[], errors: Errors, counted: boolean): readonly Figure[] {
  const { clock, processor } = timed(3, () => {
    const { exact } = findSlices({ features, errors, counted, rowNumbers: null, cancelled: () => false, onProgress: () => undefined }, { k: 10, budgetMs: 120_000 });
    if (!exact) throw new Error("the search was not exact");
  });
  return [{ what, value: clock, unit: "ms", budget }, { what: `${what}, processor time`, value: processor, unit: "ms" }];
}

/** Adult with the errors of a simple rule: rich are those with a degree who work more than 40 hours. */
async function realData(path: string): Promise<readonly Figure[]> {
  const source = await openSource(path);
  const seen = await look(source);
  const loaded = await loadColumns(source, { wanted: Object.fromEntries(seen.shape.columns.map((column) => [column.name, column.type === "number" ? "number" : "text"])), asText: seen.asText, cancelled: () => false, onProgress: () => undefined });
  source.close();
  const { income, education_num: education, hours_per_week: hours } = loaded.columns;
  if (income?.kind !== "coded" || education?.kind !== "number" || hours?.kind !== "number") throw new Error("This is not Adult.");
  const rich = income.values.indexOf(">50K");
  const errors = Uint8Array.from(income.codes, (code, i) => ((code === rich) === (education.at(i) > 12 && hours.at(i) > 40) ? 0 : 1));
  const features = Object.entries(loaded.columns).filter(([name]) => name !== "income").flatMap(([name, column]) => cutFeature(name, column) ?? []);
  return measure(`Adult ${errors.length} × ${features.length}, level 2`, "< 50 ms at level 3", features, errors, true);
}

function synthetic(): readonly Figure[] {
  const random = createRandom(1);
  const n = 1_000_000;
  const features: Feature[] = Array.from({ length: 30 }, (_, f) => ({ name: `f${f}`, codes: Uint16Array.from({ length: n }, () => Math.floor(random() * 10)), predicates: Array.from({ length: 10 }, (__, v) => ({ feature: `f${f}`, op: "=" as const, value: String(v) })) }));
  const errors = Uint8Array.from({ length: n }, (_, i) => (random() < (features[0]!.codes[i]! < 2 && features[1]!.codes[i] === 3 ? 0.4 : 0.15) ? 1 : 0));
  return [...measure("1M × 30, 0/1 errors, level 2", "< 2 s at level 3 on two cores", features, errors, true), ...measure("1M × 30, real errors, level 2", "", features, Float64Array.from(errors, (e) => e * random()), false)];
}
