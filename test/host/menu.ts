import type { Page } from "playwright-core";

/** Picks an entry of the context menu that is open. VS Code swallows a click that comes too soon after a menu opened, so it is clicked until the menu goes. */
export async function pickFromMenu(page: Page, entry: string): Promise<void> {
  const menu = page.locator(".context-view .monaco-menu");
  const item = menu.getByRole("menuitem", { name: entry }).first();
  for (let open = true; open; ) {
    await item.click();
    open = await menu.waitFor({ state: "hidden", timeout: 2000 }).then(() => false, () => true);
  }
}
