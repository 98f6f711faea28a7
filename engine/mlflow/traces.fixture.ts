import type { Readers, Store } from "../store/store.ts";

/** Adds `count` traces to an experiment, a second apart, the last one the newest. @returns the number of the experiment */
export async function tracesIn(store: Store, count: number, experimentId = "0", name = "tr"): Promise<number> {
  const written = Array.from({ length: count }, (_, i) =>
    store.write("trace.start", {
      traceId: `${name}-${String(i).padStart(6, "0")}`,
      experimentId,
      time: 1_800_000_000_000 + i * 1000,
      duration: i,
      state: i % 2 === 0 ? "OK" : "ERROR",
      clientRequestId: null,
      requestPreview: null,
      responsePreview: null,
      tags: [{ key: "mlflow.traceName", value: `name ${i % 3}` }],
      metadata: [{ key: "number", value: String(i) }],
      assessments: [],
    }),
  );
  await Promise.all(written);
  return store.read.experiments.find(experimentId)?.experimentId ?? Number.NaN;
}

/** Reads of traces that tell what they were asked, and how many rows they gave. */
export function countingTraces(real: Readers): { readonly read: Readers; readonly calls: { readonly name: string; readonly rows: number }[] } {
  const calls: { name: string; rows: number }[] = [];
  const traces = new Proxy(real.traces, {
    get(target, name, receiver) {
      const found: unknown = Reflect.get(target, name, receiver);
      if (typeof found !== "function") return found;
      return (...given: unknown[]): unknown => {
        const rows: unknown = Reflect.apply(found, target, given);
        calls.push({ name: String(name), rows: Array.isArray(rows) ? rows.length : 1 });
        return rows;
      };
    },
  });
  return { calls, read: { ...real, traces } };
}
