import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Frame, Page } from "playwright-core";
import { connectEngine } from "../../engine/api/connect.ts";
import { engineTrackingEnvironment } from "../../engine/api/engine.ts";
import { unpack } from "../../engine/importers/importers.fixture.ts";
import { openStore } from "../../engine/store/store.ts";
import type { Panel } from "../host/panel.ts";
import { openSession, type Session } from "../host/session.ts";
import type { Workbench } from "../host/workbench.ts";
import { type Benchmark, type Figure, median } from "./benchmark.ts";
import { fillStore } from "./manyRuns.ts";

const OPENINGS = 5;
const OFFERS = 3;
const POINTS = 40;
const SCRIPT = 'import sklearn\n\nif __name__ == "__main__":\n    print(1)\n';

/** The table panel in a real VS Code on a store of 10,000 and 100,000 runs: first rows, the page's memory, and a point's way to the screen. */
const benchmark: Benchmark = {
  title: `table panel in a real VS Code: first rows (median of ${OPENINGS} openings), memory of its page, a logged point on the screen (${POINTS} points)`,
  run: async ({ say }) => [...(await offered()), ...(await measure(10_000, say)), ...(await measure(100_000, say))],
};
export default benchmark;

/** A folder with `mlruns/` in a new window: from the click on the offer to the first row, and to the first curve. No engine runs before. */
async function offered(): Promise<Figure[]> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-offer-")));
  const [folder, rowTimes, curveTimes]: [string, number[], number[]] = [join(root, "flowers"), [], []];
  try {
    for (let round = 0; round < OFFERS; round++) {
      unpack("mlruns.tar.gz", folder);
      const session = await openSession({ folder, size: { width: 1600, height: 1000 } });
      try {
        const { window } = session;
        const offer = await window.notifications.find("This folder holds runs of other trackers");
        await offer.hover();
        const button = offer.getByRole("button", { name: "Import", exact: true }).first();
        await button.waitFor();
        const start = performance.now();
        await button.click();
        const panel = await rows(window);
        rowTimes.push(performance.now() - start);
        await panel.locator("canvas").first().waitFor();
        curveTimes.push(performance.now() - start);
      } finally {
        await session.close();
        rmSync(folder, { recursive: true, force: true });
      }
    }
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
  return [
    { what: `click on the offer of a folder with mlruns/ to the first rows, median of ${OFFERS} windows`, value: median(rowTimes), unit: "ms", budget: "about 1 s" },
    { what: "the same, to the first curve", value: median(curveTimes), unit: "ms", budget: "about 1 s" },
  ];
}

async function measure(runs: number, say: (line: string) => void): Promise<Figure[]> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-screen-")));
  const folder = join(root, "project");
  mkdirSync(folder);
  writeFileSync(join(folder, "train.py"), SCRIPT);
  const store = await openStore({ folder });
  await fillStore(store, runs);
  await store.close();
  say(`  ${runs} runs written`);
  // The bench talks to the window's own engine.
  process.env["TOUCHSTONE_RUNTIME_DIR"] = join(root, "run");
  const session = await openSession({ folder, inPlace: true, env: { TOUCHSTONE_RUNTIME_DIR: join(root, "run") } });
  try {
    return await figures(session, runs, folder);
  } finally {
    await session.close();
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function figures({ window }: Session, runs: number, folder: string): Promise<Figure[]> {
  const size = runs.toLocaleString("en");
  const openings: number[] = [];
  // The engine starts, and the palette knows the command from then on.
  await window.command("Touchstone: Open Experiments Table");
  let panel = await rows(window);
  for (let round = 0; round < OPENINGS; round++) {
    await panel.close();
    panel = await opened(window, openings);
  }
  await panel.close();
  const without = await heap(window.page);
  panel = await opened(window, []);
  const frame = await frameOf(panel);
  return [
    { what: `Enter in the palette to the first rows, ${size} runs, engine running`, value: median(openings), unit: "ms", budget: runs > 10_000 ? "< 500 ms" : "< 300 ms" },
    { what: `DOM nodes of the page, ${size} runs`, value: await countNodes(frame), unit: "", budget: "≤ 2,000" },
    { what: `JavaScript memory of the page (window with it less without), ${size} runs`, value: Math.max(0, (await heap(window.page)) - without) / 1e6, unit: "MB", budget: "< 100 MB" },
    ...(await pointsToScreen(frame, folder, runs)),
  ];
}

/** Opens the table over the palette; keeps the time from Enter to painted rows, with what it takes the browser's driver to see them. */
async function opened(window: Workbench, times: number[]): Promise<Panel> {
  await window.page.keyboard.press("F1");
  await window.quickInput.fill(">Touchstone: Open Experiments Table");
  await window.quickInput.item("Touchstone: Open Experiments Table").waitFor();
  const start = performance.now();
  await window.page.keyboard.press("Enter");
  const panel = await rows(window);
  times.push(performance.now() - start);
  return panel;
}

async function rows(window: Workbench): Promise<Panel> {
  const panel = await window.panel(/Experiments|Runs/).shown();
  await panel.locator('.rowline:not([aria-busy="true"]) .cell').first().waitFor();
  return panel;
}

async function frameOf(panel: Panel): Promise<Frame> {
  const frame = await (await panel.locator("html").elementHandle())?.ownerFrame();
  if (!frame) throw new Error("The panel has no page.");
  return frame;
}

/** Elements of the page, those within other elements included. */
async function countNodes(frame: Frame): Promise<number> {
  return Number(
    await frame.evaluate(`(() => {
      const count = (root) => [...root.querySelectorAll("*")].reduce((sum, element) => sum + 1 + (element.shadowRoot ? count(element.shadowRoot) : 0), 0);
      return count(document);
    })()`),
  );
}

/** JavaScript memory of the window after a collection; the page of a panel shares it, so its own is a difference. */
async function heap(page: Page): Promise<number> {
  const client = await page.context().newCDPSession(page);
  await client.send("HeapProfiler.collectGarbage");
  const { usedSize } = await client.send("Runtime.getHeapUsage");
  await client.detach();
  return usedSize;
}

/** From the moment at which the client's call returned to the frame in which the newest run's row holds the value. */
async function pointsToScreen(frame: Frame, folder: string, runs: number): Promise<Figure[]> {
  const connection = connectEngine({ folder, clientKind: "test", extensionVersion: "0.0.0", start: false });
  const { env } = await connection.request(engineTrackingEnvironment, null);
  const headers = { authorization: `Bearer ${env["MLFLOW_TRACKING_TOKEN"]}`, "content-type": "application/json" };
  const runId = (runs - 1).toString(16).padStart(32, "0");
  await frame.evaluate(`(() => {
    const find = (root) => root.querySelector('.rowline[data-row="0"]') ?? [...root.querySelectorAll("*")].map((element) => element.shadowRoot && find(element.shadowRoot)).find(Boolean);
    const root = find(document).getRootNode();
    const look = () => {
      if (window.wanted && root.querySelector('.rowline[data-row="0"]')?.textContent.includes(window.wanted)) requestAnimationFrame(() => (window.shownAt ||= Date.now()));
    };
    new MutationObserver(look).observe(root, { subtree: true, childList: true, characterData: true });
  })()`);
  const times: number[] = [];
  for (let point = 0; point < POINTS; point++) {
    const value = (5001 + point * 7) / 10_000;
    await frame.evaluate(`window.shownAt = 0; window.wanted = "${value.toFixed(4)}"`);
    const body = JSON.stringify({ run_id: runId, key: "val_f1", value, step: 100 + point, timestamp: 1_800_000_000_000 + point });
    const answer = await fetch(`${env["MLFLOW_TRACKING_URI"]}/api/2.0/mlflow/runs/log-metric`, { method: "POST", headers, body });
    const returned = Date.now();
    if (!answer.ok) throw new Error(await answer.text());
    let shown = 0;
    while (shown === 0) shown = Number(await frame.evaluate("window.shownAt"));
    times.push(Math.max(0, shown - returned));
    // The engine sends at most ten patches a second: points come at any moment of that beat.
    await new Promise((resolve) => setTimeout(resolve, 100 + ((point * 37) % 100)));
  }
  connection.dispose();
  const size = runs.toLocaleString("en");
  return [
    { what: `a point logged over HTTP to the frame that shows it, ${size} runs, median`, value: median(times), unit: "ms", budget: "< 200 ms" },
    { what: "the same, p95", value: times.toSorted((a, b) => a - b)[Math.ceil(POINTS * 0.95) - 1] ?? Number.NaN, unit: "ms", budget: "< 200 ms" },
  ];
}
