import type { Locator, Page } from "playwright-core";

const OPENINGS = 5;
const OPENED_MS = 2_000;

/** Notifications, whether they stand as toasts or wait in the centre behind the bell; and modal dialogs. */
export class Notifications {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Waits for a notification with this text; opens the centre where it did not come as a toast. */
  async find(text: string | RegExp): Promise<Locator> {
    const toast = this.#page.locator(".notification-toast-container, .notifications-center .monaco-list-row").filter({ hasText: text }).first();
    const bell = this.#page.locator('.part.statusbar [id="status.notifications"]');
    if (!(await toast.isVisible())) {
      const unread = bell.locator(".codicon-bell-dot, .codicon-bell-slash-dot");
      await Promise.race([toast.waitFor(), unread.waitFor().then(() => undefined)]);
      // A window that is still being made ready closes the centre again.
      for (let attempt = 0; attempt < OPENINGS && !(await toast.isVisible()); attempt++) {
        if (!(await this.#page.locator(".notifications-center.visible").isVisible())) await bell.click();
        await toast.waitFor({ timeout: OPENED_MS }).catch(() => undefined);
      }
    }
    await toast.waitFor();
    return toast;
  }

  /** Clicks a button of the notification with this text. */
  async act(text: string | RegExp, button: string): Promise<void> {
    const notification = await this.find(text);
    await notification.hover();
    await notification.getByRole("button", { name: button, exact: true }).first().click();
  }

  /** Away with all of them: toasts, and the centre where it is open. */
  async clear(): Promise<void> {
    const close = this.#page.locator(".notification-toast-container .codicon-notifications-clear");
    while ((await close.count()) > 0) {
      await close.first().hover({ force: true });
      await close.first().click({ force: true });
    }
    const centre = this.#page.locator(".notifications-center.visible .codicon-notifications-clear-all");
    if (await centre.isVisible()) await centre.click();
  }

  /** The text of the modal dialog that is open. */
  async dialog(): Promise<Locator> {
    const dialog = this.#page.locator(".monaco-dialog-box");
    await dialog.waitFor();
    return dialog;
  }

  /** Clicks a button of the modal dialog that is open. */
  async answer(button: string | RegExp): Promise<void> {
    const dialog = await this.dialog();
    await dialog.getByRole("button", { name: button }).first().click();
    await dialog.waitFor({ state: "hidden" });
  }
}
