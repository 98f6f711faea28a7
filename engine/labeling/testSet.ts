import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VoteRequest } from "../api/labeling.ts";
import { LabelSets } from "./labelSets.ts";
import { newVoteId } from "./vote.ts";

/** A folder with `reviews.csv` of `rows` rows and a label set `reviews` on it: positive, negative. Gone after the test. */
export async function reviewSet(t: { after(fn: () => void): void }, rows: number, more: { readonly suggest?: boolean; readonly items?: readonly string[] } = {}): Promise<{ folder: string; sets: LabelSets; positive: string; negative: string }> {
  const folder = mkdtempSync(join(tmpdir(), "touchstone labels ü "));
  const lines = Array.from({ length: rows }, (_, row) => `${String(row + 1).padStart(3, "0")},"Review ${row + 1}, quite good",shop ${row % 3},${row % 2 ? "negative" : "positive"},0.${60 + (row % 30)}`);
  writeFileSync(join(folder, "reviews.csv"), `review_id,text,shop,pred,score\n${lines.join("\n")}\n`);
  const sets = new LabelSets(folder);
  t.after(() => {
    sets.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await sets.annotator.set("Mei");
  await sets.create(
    {
      name: "reviews",
      classes: [{ name: "positive" }, { name: "negative" }],
      source: "reviews.csv",
      kind: "text",
      key: { kind: "id", columns: ["review_id"] },
      show: ["text"],
      context: ["shop"],
      ...(more.suggest ? { suggest: { column: "pred", score: "score" } } : {}),
      ...(more.items ? { items: more.items, title: "worst slice" } : {}),
    },
    new AbortController().signal,
    () => undefined,
  );
  const [positive, negative] = (await sets.open("reviews")).definition.classes.map((one) => one.id);
  return { folder, sets, positive: positive ?? "", negative: negative ?? "" };
}

/** An answer as the page sends it. */
export function answer(item: string, classId: string | null, state: VoteRequest["state"] = "labelled"): VoteRequest {
  return { id: newVoteId(), item, class: classId, state, shown: Date.now() - 1200 };
}
