import type { Store } from "../store/store.ts";

/** Adds `count` traces to experiment 0, a second apart, the last one the newest. @returns the number of the experiment */
export async function tracesIn(store: Store, count: number): Promise<number> {
  const written = Array.from({ length: count }, (_, i) =>
    store.write("trace.start", {
      traceId: `tr-${String(i).padStart(6, "0")}`,
      experimentId: "0",
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
  return store.read.experiments.find("0")?.experimentId ?? Number.NaN;
}
