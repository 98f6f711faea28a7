import { copyFile, mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { TouchstoneError } from "../api/tokens.ts";
import type { KeyValue } from "../importers/records.ts";
import { isCheckedKey } from "../mlflow/limits.ts";
import type { ExportedFile } from "./files.ts";

/** Bytes of one part of a path. */
const LONGEST_NAME = 255;

/** A folder that is written, and where it will stand. */
export interface Target {
  readonly folder: string;
  readonly final: string;
}

/** Whether a name is one part of a path, and leads nowhere else: names come from stores that somebody may have planted. */
export const isPart = (name: string): boolean => name !== "" && name !== "." && name !== ".." && !/[/\\\0]/.test(name) && Buffer.byteLength(name) <= LONGEST_NAME;

/** A place below another, by single names. Throws `EXPORT_FAILED` for a name that leads elsewhere. */
export function below({ folder, final }: Target, ...names: readonly string[]): Target {
  const bad = names.find((name) => !isPart(name));
  if (bad !== undefined) throw new TouchstoneError({ code: "EXPORT_FAILED", message: `${JSON.stringify(bad)} is no name of a file or folder.`, hint: "Nothing was written. `touchstone doctor` checks the store." });
  return { folder: join(folder, ...names), final: join(final, ...names) };
}

/** Whether MLflow reads a file of this name: one of which it does not like the name costs it the whole run. */
const isName = (key: string): boolean => isCheckedKey(key) && key.split("/").every(isPart);

/** The file of a key, a `/` in it makes folders; null where no file can have the name, or where another key is in its way (`a` beside `a/b`). */
export async function keyFile(folder: string, key: string): Promise<string | null> {
  if (!isName(key)) return null;
  const file = join(folder, ...key.split("/"));
  try {
    await mkdir(dirname(file), { recursive: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && ["ENOTDIR", "EEXIST"].includes(String(error.code))) return null;
    throw error;
  }
  return (await stat(file).catch(() => null))?.isDirectory() === true ? null : file;
}

/** One file a key. Gives how many could not be written. */
export async function writeValues(folder: string, list: readonly KeyValue[]): Promise<number> {
  let without = 0;
  await mkdir(folder, { recursive: true });
  for (const { key, value } of list) {
    const file = await keyFile(folder, key);
    if (file === null) without++;
    else await writeFile(file, value);
  }
  return without;
}

/** Letters that Python's YAML refuses as they are. */
const UNPRINTABLE = /[\u007F-\u0084\u0086-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g;

/** Text is quoted, whatever it is: Python's YAML would take `yes`, `=` and `2026-01-31` for something else. */
export async function writeYaml(folder: string, content: Readonly<Record<string, unknown>>, name = "meta.yaml"): Promise<void> {
  await mkdir(folder, { recursive: true });
  const text = stringify(content, { lineWidth: 0, defaultStringType: "QUOTE_DOUBLE", version: "1.1" });
  await writeFile(join(folder, name), text.replaceAll(UNPRINTABLE, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

/** Copies artifacts into a folder, which is made. Gives what they are. */
export async function writeFiles(folder: string, files: readonly ExportedFile[], signal: AbortSignal): Promise<{ readonly artifacts: number; readonly bytes: number }> {
  await mkdir(folder, { recursive: true });
  let bytes = 0;
  for (const { name, file, size } of files) {
    signal.throwIfAborted();
    const target = below({ folder, final: folder }, ...name.split("/")).folder;
    await mkdir(dirname(target), { recursive: true });
    await copyFile(file, target);
    bytes += size;
  }
  return { artifacts: files.length, bytes };
}

export function pythonNumber(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0.0" : String(value);
}
