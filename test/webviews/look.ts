// A quick look at a panel without the editor: node test/webviews/look.ts FIXTURE [theme] [width] [height] [out.png] [variant]
import { openBrowser, openPanel } from "./page.ts";
import type { ThemeName } from "./themes.ts";

const [fixture = "grid", theme = "dark", width = "1400", height = "860", out = "look.png", variant = ""] = process.argv.slice(2);
const themes: Readonly<Record<string, ThemeName>> = { dark: "dark", light: "light", "hc-dark": "hc-dark", "hc-light": "hc-light" };
const browser = await openBrowser();
const { page, check } = await openPanel(browser, fixture, { theme: themes[theme] ?? "dark", width: Number(width), height: Number(height), variant });
await page.waitForTimeout(900);
await page.screenshot({ path: out });
await browser.close();
check();
