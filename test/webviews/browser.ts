import { after, afterEach, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../host/browser.ts";

/** One browser for the tests of a file, with no page left open between them. Called once, at the top of the file. */
export function testBrowser(): () => Browser {
  let browser: Browser | undefined;
  before(async () => {
    browser = await launchBrowser();
  });
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
  });
  after(() => browser?.close());
  return () => {
    if (browser === undefined) throw new Error("The browser starts before the first test of a file.");
    return browser;
  };
}

interface Asked {
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** The requests of this kind that the page has made. */
export const asked = (page: Page, method: string): Promise<Asked[]> =>
  // SAFETY: page.ts keeps every request in this shape.
  page.evaluate((name) => window.asked.filter((one) => one.method === name), method) as Promise<Asked[]>;

export const lastParams = async (page: Page, method: string): Promise<Record<string, unknown> | undefined> => (await asked(page, method)).at(-1)?.params;

/** Waits until the page has made a request of this kind that a text of its params shows, `times` times in all. */
export const untilAsked = (page: Page, method: string, text: string, times = 1): Promise<unknown> =>
  page.waitForFunction((wanted) => window.asked.filter((one) => one.method === wanted.method && JSON.stringify(one.params).includes(wanted.text)).length >= wanted.times, { method, text, times });
