import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabelSets } from "../../engine/labeling/labelSets.ts";
import { encodeVote, newVoteId } from "../../engine/labeling/vote.ts";
import { VoteIndex } from "../../engine/labeling/voteIndex.ts";
import { votePath } from "../../engine/labeling/voteLog.ts";
import { openSession } from "../host/session.ts";
import { type Benchmark, type Figure, median } from "./benchmark.ts";

const ITEMS = 1000;
const ANSWERS = 150;

/** From the key press to the frame after the next item stands on the screen; the vote is on disk in between. */
const benchmark: Benchmark = {
  title: `labeling: ${ANSWERS} answers by keyboard in a real VS Code, texts, and an index of 100,000 votes`,
  async run() {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-label-bench-")));
    try {
      return [...(await keyToPaint(folder)), ...(await indexLoad(folder))];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
export default benchmark;

async function keyToPaint(folder: string): Promise<readonly Figure[]> {
  writeFileSync(join(folder, "texts.csv"), `id,text\n${Array.from({ length: ITEMS }, (_, row) => `${row},"Review ${row}: pairing took ten seconds, but the left one died."\n`).join("")}`);
  const sets = new LabelSets(folder);
  const classes = [{ name: "positive" }, { name: "negative" }, { name: "neutral" }];
  await sets.create({ name: "texts", classes, source: "texts.csv", kind: "text", key: { kind: "id", columns: ["id"] }, show: ["text"] }, new AbortController().signal, () => undefined);
  sets.close();
  const session = await openSession({ folder });
  try {
    const { window } = session;
    await (await window.tree("Label Sets", "Touchstone")).click("texts");
    const panel = await window.panel("Label: texts").shown();
    await panel.button(/^Label as/).click();
    await panel.locator("item-view .text").waitFor();
    const page = await (await panel.locator("html").elementHandle())?.ownerFrame();
    if (!page) throw new Error("The panel has no page.");
    await page.evaluate("window.paints = []; window.addEventListener('labelled', (event) => window.paints.push(event.detail), true)");
    for (let answer = 0; answer < ANSWERS; answer++) {
      await window.page.keyboard.press(String((answer % 3) + 1));
      while (Number(await page.evaluate("window.paints.length")) <= answer) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const paints: unknown = await page.evaluate("window.paints");
    const times = (Array.isArray(paints) ? paints : []).map(Number).sort((a, b) => a - b);
    return [
      { what: "key press to the next item painted, median", value: median(times), unit: "ms" },
      { what: "key press to the next item painted, p95", value: times[Math.ceil(times.length * 0.95) - 1] ?? Number.NaN, unit: "ms", budget: "< 50 ms" },
    ];
  } finally {
    await session.close();
  }
}

async function indexLoad(folder: string): Promise<readonly Figure[]> {
  const votes = join(folder, "votes");
  const files = new Map<string, string[]>();
  for (let number = 0; number < 100_000; number++) {
    const vote = { id: newVoteId(), item: `r:${number % 50_000}`, class: "c7f2a", state: "labelled", by: number < 50_000 ? "mei" : "jo", at: 1796000000000 + number, shown: 1796000000000, guide: "abc1234", source: "human", replaces: null, undo: null, suggestion: null, note: "" } as const;
    const path = votePath(vote.by, vote.item);
    files.set(path, [...(files.get(path) ?? []), encodeVote(vote)]);
  }
  for (const by of ["mei", "jo"]) mkdirSync(join(votes, by), { recursive: true });
  for (const [path, lines] of files) writeFileSync(join(votes, path), `${lines.join("\n")}\n`);
  const loads: number[] = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    await new VoteIndex(votes, "votes").refresh();
    loads.push(performance.now() - start);
  }
  const index = new VoteIndex(votes, "votes");
  await index.refresh();
  const start = performance.now();
  await index.refresh();
  return [
    { what: "100,000 votes read, median of five", value: median(loads), unit: "ms", budget: "< 300 ms" },
    { what: "the same again, nothing changed", value: performance.now() - start, unit: "ms" },
  ];
}
