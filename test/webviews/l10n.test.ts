import assert from "node:assert/strict";
import { test } from "node:test";
import { filled } from "../../webviews/ui/l10n.ts";
import { launchBrowser } from "../host/browser.ts";
import { openPanel } from "./page.ts";

test("places take their values, in any order; one without a value shows", () => {
  assert.equal(filled("{1} von {0}", [3, "zwei"]), "zwei von 3");
  assert.equal(filled("{0} {2}", ["a", "b"]), "a {2}");
});

test("a panel speaks the language that the window brought, and English where that has no word", async () => {
  const browser = await launchBrowser();
  try {
    const { page, check } = await openPanel(browser, "table", { variant: "40", texts: { Keys: "Tasten </script><b>" } });
    await page.locator(".rowline .title").first().waitFor();
    await page.locator(".rowline").first().click();
    await page.keyboard.press("?");
    const box = page.locator("keys-help [role=dialog], [role=dialog]").first();
    await box.waitFor();
    assert.equal(await box.getAttribute("aria-label"), "Tasten </script><b>");
    assert.equal(await box.locator("button").first().getAttribute("aria-label"), "Close");
    check();
  } finally {
    await browser.close();
  }
});
