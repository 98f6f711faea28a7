import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectAccessible } from "../host/accessible.ts";
import type { Panel } from "../host/panel.ts";
import type { Workbench } from "../host/workbench.ts";

interface StoredVote {
  readonly item: string;
  readonly class: string | null;
  readonly state?: string;
  readonly note?: string;
  readonly replaces: string | null;
}

/** Every line of a set's vote files, in the order of the decisions. */
function votesOf(folder: string, set: string): readonly StoredVote[] {
  const votes = join(folder, "labels", set, "votes");
  const files = existsSync(votes) ? readdirSync(votes, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".jsonl")) : [];
  const lines = files.flatMap((name) => readFileSync(join(votes, name), "utf8").trim().split("\n"));
  return lines.map((line): StoredVote & { at: number } => JSON.parse(line)).sort((a, b) => a.at - b.at);
}

/** A picture of 64 × 64 pixels of one colour: a bottom-up bitmap of 24 bits. */
function bitmap(red: number): Buffer {
  const bytes = Buffer.alloc(54 + 64 * 64 * 3);
  bytes.write("BM");
  for (const [at, value] of [[2, bytes.length], [10, 54], [14, 40], [18, 64], [22, 64]] as const) bytes.writeUInt32LE(value, at);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  for (let at = 56; at < bytes.length; at += 3) bytes[at] = red;
  return bytes;
}

/** Presses a key on the item, waits until another one is on the screen; by then the vote is on disk. */
async function answer(window: Workbench, panel: Panel, key: string): Promise<void> {
  const head = panel.locator("item-view .head > span").first();
  const before = await head.innerText();
  await window.page.keyboard.press(key);
  await panel.locator("item-view .head > span").first().filter({ hasNotText: new RegExp(`^${before}$`) }).waitFor();
}

/** Rows of a table, texts and images are labelled by keyboard; each answer is a line on disk before the next item shows. */
export default async function labeling(window: Workbench): Promise<void> {
  const { folder, page } = window;
  const tree = await window.tree("Label Sets", "Touchstone");
  let panel = window.panel("Label: doubtful");

  await window.step("the sample's label set opens from the side bar and asks once who labels", async () => {
    await tree.click("doubtful");
    await panel.shown();
    await panel.button(/^Label as/).click();
    await panel.locator("item-view dl").waitFor();
    assert.match(await panel.locator("item-view dl").innerText(), /education\s+/);
    assert.doesNotMatch(await panel.locator("item-view dl").innerText(), /income/);
    await expectAccessible(panel);
  });

  await window.step("a key is an answer: on disk before the next item, counted, taken back with z", async () => {
    await answer(window, panel, "2");
    assert.deepEqual(votesOf(folder, "doubtful").map((vote) => [vote.item, vote.replaces]), [["r:22913", null]]);
    await answer(window, panel, "x");
    await answer(window, panel, "u");
    await page.keyboard.press("n");
    await page.keyboard.type("1 or 2 jobs?");
    await page.keyboard.press("Enter");
    await answer(window, panel, "Tab");
    await panel.byText("3 of 60").waitFor();
    assert.deepEqual(votesOf(folder, "doubtful").map((vote) => vote.state ?? "labelled"), ["labelled", "out-of-scope", "unsure", "skipped"]);
    assert.equal(votesOf(folder, "doubtful")[3]?.note, "1 or 2 jobs?");
    await answer(window, panel, "z");
    assert.equal(votesOf(folder, "doubtful")[4]?.state, "retracted");
    await panel.byText("1 or 2 jobs?").waitFor();
    await answer(window, panel, "1");
    await panel.byText("4 of 60").waitFor();
    await panel.byText("saved").waitFor();
  });

  await window.step("guidelines stand beside, keys are listed under ?, and a reload goes on where it was", async () => {
    await page.keyboard.press("g");
    await panel.byText("Would you expect this person").waitFor();
    await window.screenshot("label-row");
    await page.keyboard.press("?");
    await panel.byText("out of scope: counted, never trained on").waitFor();
    await expectAccessible(panel);
    await page.keyboard.press("Escape");
    await window.reload();
    await panel.shown();
    await panel.byText("4 of 60").waitFor();
    await panel.byText("Would you expect this person").waitFor();
  });

  await window.step("without the focus a banner says so, and a click on it goes on", async () => {
    await tree.row("doubtful").click({ button: "right" });
    await page.keyboard.press("Escape");
    await panel.byText("Keys do not reach this panel now").click();
    await panel.byText("Keys do not reach this panel now").waitFor({ state: "hidden" });
    await answer(window, panel, "1");
    await panel.byText("5 of 60").waitFor();
  });

  await window.step("a new label set on a file: what, how, which classes, its name", async () => {
    await window.command("Touchstone: New Label Set…");
    await window.quickInput.pick("data/adult.csv");
    await window.quickInput.pick("The whole row");
    await window.quickInput.pick("<=50K, >50K");
    await page.locator(".quick-input-title").getByText("(4/4)").waitFor();
    await window.quickInput.answer("all rows");
    panel = await window.panel("Label: all-rows").shown();
    await panel.byText("0 of 6").waitFor();
    assert.doesNotMatch(await panel.locator("item-view dl").innerText(), /income/, "the column of the recorded labels is not shown");
    await answer(window, panel, "1");
    assert.deepEqual(votesOf(folder, "all-rows").map((vote) => vote.item), ["r:6"]);
  });

  await window.step("a folder of images: decoded ahead, named by their bytes", async () => {
    mkdirSync(join(folder, "pictures"));
    for (const red of [10, 120, 240]) writeFileSync(join(folder, "pictures", `red${red}.bmp`), bitmap(red));
    await window.command("Touchstone: New Label Set…");
    await window.quickInput.pick("pictures");
    await page.locator(".quick-input-title").getByText("(3/4)").waitFor();
    await page.locator(".quick-input-widget").getByText("separated by commas").waitFor();
    await window.quickInput.answer("icon, photo");
    await page.locator(".quick-input-title").getByText("(4/4)").waitFor();
    await window.quickInput.answer("pictures");
    panel = await window.panel("Label: pictures").shown();
    await panel.locator("item-view img").waitFor();
    await expectAccessible(panel);
    await page.keyboard.press("1");
    await panel.byText("1 of").waitFor();
    assert.match(votesOf(folder, "pictures")[0]?.item ?? "", /^c:[0-9a-f]{32}$/);
  });

  await window.step("the side bar counts", async () => {
    await tree.row(/doubtful.*5\/60/).waitFor();
  });
}
