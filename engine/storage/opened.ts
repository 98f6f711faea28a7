import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { bundleOf, connectEngine } from "../api/connect.ts";
import { engineDrain, engineStatus } from "../api/engine.ts";
import type { OpenedBundleUse } from "../api/storage.ts";
import { TouchstoneError } from "../api/tokens.ts";
import { bundleMark, removeOpened } from "../importers/openedBundle.ts";
import { PrivateFolder } from "../life/private.ts";
import { OWN_VERSION } from "../life/version.ts";
import { directoryBytes } from "../platform/directories.ts";
import { bundlesBase } from "../platform/paths.ts";
import { isAlive } from "../platform/processes.ts";

/** The bundles that this user opened for reading, the largest first. */
export async function openedBundles(): Promise<OpenedBundleUse[]> {
  const base = await realpath(bundlesBase()).catch(() => null);
  // Beside them lies what is being unpacked or removed.
  const names = base === null ? [] : (await readdir(base)).filter((name) => /^[0-9a-f]+$/.test(name));
  const found = await Promise.all(names.map((id) => openedBundle(join(base ?? "", id), id)));
  return found.filter((one) => one !== null).sort((a, b) => b.bytes - a.bytes || (a.id < b.id ? -1 : 1));
}

async function openedBundle(folder: string, id: string): Promise<OpenedBundleUse | null> {
  const bundle = bundleOf(folder);
  const mark = bundle && (await stat(bundleMark(folder)).catch(() => null));
  return bundle && mark && { id, name: bundle.name, file: bundle.file, runs: bundle.runs, bytes: await directoryBytes(folder), opened: Math.round(mark.mtimeMs) };
}

/** Removes what a bundle was unpacked to. An engine that serves it to nobody leaves first. Throws `BUNDLE_IN_USE`. */
export async function forgetBundle(id: string): Promise<{ readonly bytes: number }> {
  // By the list: an id is no path.
  const found = (await openedBundles()).find((one) => one.id === id);
  if (found === undefined) return { bytes: 0 };
  const folder = join(await realpath(bundlesBase()), found.id);
  await endEngine(folder, found.name);
  await removeOpened(folder);
  return { bytes: found.bytes };
}

/** How long an engine that was asked to leave may take. */
const LEAVE_MS = 10_000;

async function endEngine(folder: string, name: string): Promise<void> {
  const address = new PrivateFolder(folder).address();
  const lives = (): boolean => address !== null && isAlive(address.pid, address.pidStart);
  const inUse = (): TouchstoneError => new TouchstoneError({ code: "BUNDLE_IN_USE", message: `Somebody looks at the runs of ${name}.`, hint: "Close its tab, or end the command that reads it, then try again." });
  if (!lives()) return;
  const connection = connectEngine({ folder, clientKind: "cli", extensionVersion: OWN_VERSION.version, start: false });
  try {
    const { clients } = await connection.request(engineStatus, null, { timeoutMs: LEAVE_MS });
    if (clients > 1) throw inUse();
    await connection.request(engineDrain, null, { timeoutMs: LEAVE_MS });
  } catch (error) {
    if (lives()) throw error instanceof TouchstoneError && error.shape.code === "BUNDLE_IN_USE" ? error : inUse();
  } finally {
    connection.dispose();
  }
  for (const until = Date.now() + LEAVE_MS; lives(); await new Promise((resolve) => setTimeout(resolve, 50))) if (Date.now() > until) throw inUse();
}
