import type { LaunchState } from "./launches.ts";
import { request } from "./tokens.ts";

/**
 * Begins to track a kernel that lives already: records a launch and gives the Python code that the kernel has to execute once
 * (silently). From then on its cells, what they log, read and write belong to the launch, until the kernel ends or is prepared anew.
 * `notebook` is an absolute path; `env` the environment of the window's shell.
 */
export const notebookPrepare = request<{ readonly notebook: string; readonly env: Readonly<Record<string, string>> }, { readonly launch: LaunchState; readonly code: string }>("notebooks/prepare");
