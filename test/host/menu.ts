import type { Page } from "playwright-core";

/**
 * Opens a context menu and picks an entry. VS Code swallows a click that comes too soon after a menu opened, and takes a menu away when
 * what it stands on is drawn anew, so the entry is clicked until the menu goes, and the menu opened again where it went before the click.
 */
export async function pickFromMenu(page: Page, open: () => Promise<void>, entry: string): Promise<void> {
  const menu = page.locator(".context-view .monaco-menu");
  const item = menu.getByRole("menuitem", { name: entry }).first();
  const gone = (): Promise<boolean> => menu.waitFor({ state: "hidden", timeout: 2000 }).then(() => true, () => false);
  const attempts = 5;
  for (let attempt = 1; ; attempt++) {
    await open();
    let clicked = false;
    for (;;) {
      const there = await item.click({ timeout: 3000 }).then(() => true, () => false);
      clicked ||= there;
      if (await gone()) break;
      // It stands open without the entry: it belongs to another row than was meant.
      if (!there) await page.keyboard.press("Escape");
    }
    if (clicked) return;
    if (attempt === attempts) throw new Error(`The menu was opened ${attempts} times, and "${entry}" could not be clicked.`);
  }
}
