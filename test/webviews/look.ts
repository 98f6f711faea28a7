// A quick look at a panel without the editor: node test/webviews/look.ts FIXTURE [theme] [width] [height] [out.png] [variant]
import { launchBrowser } from "../host/browser.ts";
import { openPanel } from "./page.ts";
import type { ThemeName } from "./themes.ts";

const [fixture = "grid", theme = "dark", width = "1400", height = "860", out = "look.png", variant = ""] = process.argv.slice(2);
const themes: Readonly<Record<string, ThemeName>> = { dark: "dark", light: "light", "hc-dark": "hc-dark", "hc-light": "hc-light" };
const browser = await launchBrowser();
const { page, check } = await openPanel(browser, fixture, { theme: themes[theme] ?? "dark", width: Number(width), height: Number(height), variant });
// Fonts and the made-up engine's answers are in once nothing is under way; two frames paint them.
await page.waitForLoadState("networkidle");
await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
await page.screenshot({ path: out });
await browser.close();
check();
