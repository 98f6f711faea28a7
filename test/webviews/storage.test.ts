import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createArtifacts } from "../../engine/artifacts/artifacts.ts";
import type { OpenedBundleUse, PruneQuery } from "../../engine/api/storage.ts";
import { openRunTable } from "../../engine/runs/openTable.ts";
import { previewPrune, prune } from "../../engine/storage/prune.ts";
import { storageOf } from "../../engine/storage/usage.ts";
import { type Store, openStore } from "../../engine/store/store.ts";
import { SERVER_FORMAT } from "../../engine/store/records.ts";
import { launchOf } from "../../engine/store/store.fixture.ts";
import { accessibilityFaults } from "./axe.ts";
import { testBrowser } from "./browser.ts";
import { openPanel, type PageEngine } from "./page.ts";

const browser = testBrowser();
const folder = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-storage-")));
let store: Store;
let engine: PageEngine;
/** Bundles that are opened; what forgetting one does is the engine's (engine/storage/opened.test.ts). */
let opened: OpenedBundleUse[] = [];

function forget(params: object): { bytes: number } {
  const gone = opened.find(({ id }) => "id" in params && id === params.id);
  opened = opened.filter((one) => one !== gone);
  return { bytes: gone?.bytes ?? 0 };
}

before(async () => {
  store = await openStore({ folder });
  const services = { store, runTable: openRunTable(store), artifacts: createArtifacts(store) };
  for (const [i, name] of ["weak", "strong"].entries()) {
    await store.write("launch.create", launchOf(name, `run-${name}`, { start: 1_000 + i }));
    await store.write("run.update", { runIds: [`run-${name}`], name });
    await store.write("run.logBatch", { runId: `run-${name}`, metrics: [{ key: "f1", value: i, time: 1, step: 1 }], params: [], tags: [] });
    await services.artifacts.put({ kind: "run", id: `run-${name}` }, "w.bin", new Uint8Array(2_000_000 * (i + 1)).fill(i));
    await store.write("launch.update", { launchId: name, status: "finished", exitCode: 0, end: 5_000 });
  }
  engine = {
    ask: async (method, params) => {
      if (method === "storage/opened") return { bundles: opened };
      // SAFETY: the page is built from the tokens with these params.
      const { digest, ...query } = params as PruneQuery & { digest: string };
      if (method === "storage/usage") return storageOf(store, services.runTable, services.artifacts.root, 50);
      if (method === "storage/forget") return forget(query);
      if (method === "host/giveBack") return { bytes: await store.upkeep("rewrite") };
      return method === "storage/preview" ? previewPrune(services, query) : prune(services, query, digest, new AbortController().signal);
    },
  };
});
after(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test("the page says what the store takes, shows what a prune would take, and removes just that", async () => {
  const { page, check } = await openPanel(browser(), "storage", { engine });
  await page.getByText(/^The store takes 6\.\d MB, most of it artifacts \(6(\.0)? MB\)\.$/).waitFor();
  const sections = page.locator("section");
  assert.deepEqual(await sections.nth(4).locator("tbody tr").allInnerTexts().then((rows) => rows.map((row) => row.split(/\s+/)[0])), ["strong", "weak"]);
  await page.getByRole("textbox", { name: "Runs for which this is true" }).fill("metrics.f1 <");
  await page.getByRole("button", { name: "Show what would go" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByRole("textbox", { name: "Runs for which this is true" }).fill("metrics.f1 < 0.5");
  await page.getByRole("button", { name: "Show what would go" }).click();
  await page.getByText(/^1 run with 1 point would go and free 2(\.0)? MB\.$/).waitFor();
  assert.deepEqual(await accessibilityFaults(page), []);
  await page.getByRole("button", { name: "Remove 1 run…" }).click();
  await page.getByText(/^Removed 1 run; /).waitFor();
  await page.waitForFunction(() => !document.querySelector("touchstone-storage")?.shadowRoot?.querySelector("section:nth-of-type(5)")?.textContent?.includes("weak"));
  assert.equal(store.read.runs.byId("run-weak"), undefined);
  assert.equal(store.read.runs.byId("run-strong")?.name, "strong");
  check();
});

test("what is free in the database is given back by a click", async () => {
  await store.write("run.create", { runId: "long", experimentId: "0", name: "long", named: true, user: null, start: 1, tags: [] });
  for (let from = 0; from < 30_000; from += 1_000) {
    await store.write("run.logBatch", { runId: "long", metrics: Array.from({ length: 1_000 }, (_, i) => ({ key: "loss", value: i, time: 1, step: from + i })), params: [], tags: [] });
  }
  await store.write("run.prune", { runIds: ["long"], modelIds: [] });
  const { page, check } = await openPanel(browser(), "storage", { engine });
  await page.getByRole("button", { name: "Give back to the disk" }).click();
  await page.getByText(/^The database is \d.* smaller\.$/).waitFor();
  assert.equal(store.read.storage.database().free, 0);
  await page.getByRole("button", { name: "Give back to the disk" }).waitFor({ state: "detached" });
  check();
});

test("runs that are found and may not go are no such runs that are missing", async () => {
  await store.write("launch.create", launchOf("live", "run-live", { start: 9_000 }));
  await store.write("run.logBatch", { runId: "run-live", metrics: [{ key: "lonely", value: 1, time: 1, step: 1 }], params: [], tags: [] });
  const { page, check } = await openPanel(browser(), "storage", { engine });
  const look = async (filter: string): Promise<void> => {
    await page.getByRole("textbox", { name: "Runs for which this is true" }).fill(filter);
    await page.getByRole("button", { name: "Show what would go" }).click();
  };
  await look("metrics.lonely = 1");
  await page.getByText("Nothing would go: of 1 such run none may. 1 kept: still running.").waitFor();
  await look("metrics.lonely = 2");
  await page.getByText(/^No such run\.\s*$/).waitFor();
  check();
});

test("runs of a server are marked among those that would go, and it is said what becomes of them", async () => {
  const batch = { models: [], registered: [], versions: [], traces: [], own: [], values: [], places: [], experiments: [{ k: "experiment" as const, experiment: "9", name: "team" }], runs: [{ k: "run" as const, run: "theirs", id: "f".repeat(32), experiment: "9", name: "amazing-zebra", status: "finished" as const, start: 1, end: 2 }] };
  await store.write("import.write", { source: { path: "http://team:5000", format: SERVER_FORMAT, name: "team:5000" }, time: 1, batch, exact: true });
  const { page, check } = await openPanel(browser(), "storage", { engine });
  await page.getByRole("textbox", { name: "Runs for which this is true" }).fill('name = "amazing-zebra"');
  await page.getByRole("button", { name: "Show what would go" }).click();
  await page.getByText("1 of them is of http://team:5000: it stays there, and comes back here when that server is connected anew.").waitFor();
  assert.match(await page.getByRole("row", { name: /^amazing-zebra/ }).first().innerText(), /^amazing-zebra of http:\/\/team:5000/);
  check();
});

test("bundles that are opened are listed with what they take, and forgotten by a click", async () => {
  opened = [
    { id: "a1", name: "may.touchstone-bundle", file: "/d/may.touchstone-bundle", runs: 12, bytes: 3_000_000, opened: 1_700_000_000_000 },
    { id: "b2", name: "june.touchstone-bundle", file: "/d/june.touchstone-bundle", runs: 1, bytes: 2_000, opened: 1_700_000_000_000 },
  ];
  const { page, check } = await openPanel(browser(), "storage", { engine });
  const section = page.locator("section").filter({ hasText: "Opened bundles" });
  await section.waitFor();
  const rows = async (): Promise<string[]> => (await section.locator("tbody tr").allInnerTexts()).map((row) => row.split("\t").slice(0, 3).join(" "));
  assert.deepEqual(await rows(), ["may.touchstone-bundle 12 3.0 MB", "june.touchstone-bundle 1 2.0 kB"]);
  assert.deepEqual(await accessibilityFaults(page), []);
  await section.getByRole("button", { name: "Forget may.touchstone-bundle" }).click();
  await section.getByText("may.touchstone-bundle is forgotten: 3.0 MB are free on the disk.").waitFor();
  await section.locator("tbody tr").nth(1).waitFor({ state: "detached" });
  assert.deepEqual(await rows(), ["june.touchstone-bundle 1 2.0 kB"]);
  opened = [];
  check();
});

for (const theme of ["light", "hc-dark"] as const) {
  test(`storage in ${theme}: nothing that a reader of the screen would miss`, async () => {
    const { page, check } = await openPanel(browser(), "storage", { engine, theme });
    await page.getByText("By kind").waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    check();
  });
}
