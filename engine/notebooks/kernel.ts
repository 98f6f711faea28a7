import { pythonFolder } from "../platform/entries.ts";

/** What a kernel needs of a launch's environment; the rest is its own. */
const TRACKING = /^(MLFLOW_TRACKING_|MLFLOW_HTTP_|TOUCHSTONE_|PYTHONPATH$)/;

/**
 * Python code that makes a living kernel track into a launch. It leaves no name behind, and may be executed again for another launch.
 * @param env the environment of the launch (`launches/prepare`).
 */
export function kernelCode(env: Readonly<Record<string, string>>, notebook: string): string {
  const variables = Object.fromEntries(Object.entries(env).filter(([name]) => TRACKING.test(name)));
  // JSON's strings and objects of strings are Python's.
  const folder = JSON.stringify(pythonFolder());
  return [
    "def _touchstone_attach():",
    "    import sys",
    `    if ${folder} not in sys.path:`,
    `        sys.path.append(${folder})`,
    "    import _touchstone",
    `    _touchstone.attach(${JSON.stringify(variables)}, ${JSON.stringify(notebook)})`,
    "_touchstone_attach()",
    "del _touchstone_attach",
  ].join("\n");
}
