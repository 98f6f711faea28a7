import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { openSession, type SessionOptions } from "../host/session.ts";
import type { Workbench } from "../host/workbench.ts";
import { root } from "./entry.mjs";
import { packageExtension } from "./package.ts";
import type { Context, SuiteResult } from "./suite.ts";

/** What `test/journeys/*.journey.ts` export. Every `window.step` counts as one test. */
interface Journey {
  readonly default: (window: Workbench) => Promise<void>;
  /** How its window differs: theme, size, trust, settings, another folder than the sample project. */
  readonly options?: Partial<SessionOptions>;
}

/** End to end on the installed VSIX: what users get, with the sources out of its reach. */
export async function journeySuite(context: Context): Promise<SuiteResult> {
  const files = globSync("test/journeys/*.journey.ts", { cwd: root }).sort();
  if (files.length === 0) return { passed: 0, failures: [], notRun: [], ended: true };
  const { vsix } = await packageExtension(() => {});
  let passed = 0;
  const failures: { title: string; error: string }[] = [];
  for (const file of files) {
    const name = basename(file, ".journey.ts");
    const start = performance.now();
    // SAFETY: every journey is written against this interface, and tsc checks its use of Workbench.
    const journey = (await import(pathToFileURL(join(root, file)).href)) as Journey;
    const env = { TOUCHSTONE_TEST_PYTHON: context.python, ...journey.options?.env, ...(context.long ? { TOUCHSTONE_LONG: "1" } : {}) };
    const session = await openSession({ folder: join(root, "media", "sample-project"), output: join(root, "test", "out", name), ...journey.options, vsix, env });
    try {
      await journey.default(session.window);
      failures.push(...session.faults().map((error) => ({ title: `${name}: the extension's log`, error })));
      if (session.window.steps.length === 0) failures.push({ title: name, error: "The journey has no step." });
    } catch (error) {
      const picture = await session.window.screenshot("failed");
      const log = session.window.log.slice(-15).join("\n");
      failures.push({ title: `${name}: ${session.window.currentStep ?? "outside a step"}`, error: `${error instanceof Error ? error.stack : String(error)}\nPicture: ${picture}\n${log}` });
    } finally {
      passed += session.window.steps.length;
      await session.close();
    }
    context.say(`    ${name} ${((performance.now() - start) / 1000).toFixed(1)} s, ${session.window.steps.length} steps`);
  }
  return { passed, failures, notRun: [], ended: true };
}
