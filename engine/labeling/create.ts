import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import type { LabelSetRequest } from "../api/labeling.ts";
import { TouchstoneError, type Progress } from "../api/tokens.ts";
import type { ItemRule } from "../items/key.ts";
import { slug } from "./annotator.ts";
import { keyImages, listImages, type ListedItem } from "./images.ts";
import { encodeItems } from "./itemList.ts";
import { newSetFile } from "./setEdit.ts";

/** Lets git merge what two people added to the same file, and keeps line ends as they are everywhere. */
const ATTRIBUTES = "votes/** merge=union text eol=lf\nsuggestions/** merge=union text eol=lf\n";

/** The first text of guidelines.md: what to write, with an anchor for each class. */
function firstGuidelines(name: string, classes: readonly { readonly name: string }[]): string {
  const sections = classes.map((one) => `## ${one.name}\n\nWhen, with an example that is clear and one that is close:\n`);
  return `# ${name}\n\nWhat is asked, in one sentence:\n\n${sections.join("\n")}\n## Out of scope\n\nWhat is neither, and is not to be trained on:\n`;
}

/**
 * Writes a new set below `<folder>/labels/`; it appears complete or not at all. The folder's name is a slug of the
 * set's, with a number where that exists.
 */
export async function createSet(folder: string, request: LabelSetRequest, signal: AbortSignal, progress: (p: Progress) => void): Promise<{ readonly set: string }> {
  const source = isAbsolute(request.source) ? request.source : resolve(folder, request.source);
  const about = await stat(source).catch(() => null);
  if (about === null) throw new TouchstoneError({ code: "LABEL_SOURCE", message: "There is no such file or folder to label.", file: request.source });
  if (request.classes.length === 0) throw new TouchstoneError({ code: "LABEL_SET", message: "A label set needs one class or more." });
  const names = request.classes.map((one) => one.name.trim());
  const doubled = names.find((name, index) => name === "" || names.indexOf(name) !== index);
  if (doubled !== undefined) throw new TouchstoneError({ code: "LABEL_SET", message: doubled === "" ? "A class has no name." : `Two classes are named ${doubled}.` });
  const listed = about.isDirectory() ? await images(source, signal, progress) : (request.items?.map((item): ListedItem => ({ item })) ?? null);
  const rule: ItemRule = about.isDirectory() ? { kind: "bytes" } : keyRule(request);
  const sets = join(folder, "labels");
  const set = await freeName(sets, slug(request.name) || "labels");
  const draft = join(sets, `.${set}.new`);
  await rm(draft, { recursive: true, force: true });
  await mkdir(join(draft, "votes"), { recursive: true });
  const inside = relative(folder, source).replaceAll("\\", "/");
  const sourcePath = inside.startsWith("../") || isAbsolute(inside) ? source.replaceAll("\\", "/") : inside;
  const text = newSetFile({ ...request, classes: request.classes.map((one, index) => ({ ...one, name: names[index] ?? one.name })), rule, sourcePath, listed: listed !== null });
  await writeSynced(join(draft, "labels.yaml"), text);
  await writeSynced(join(draft, "guidelines.md"), firstGuidelines(request.name, request.classes));
  await writeSynced(join(draft, ".gitattributes"), ATTRIBUTES);
  if (listed !== null) await writeSynced(join(draft, "items.jsonl"), encodeItems(listed));
  await rename(draft, join(sets, set));
  return { set };
}

async function images(folder: string, signal: AbortSignal, progress: (p: Progress) => void): Promise<readonly ListedItem[]> {
  const paths = await listImages(folder);
  if (paths.length === 0) throw new TouchstoneError({ code: "LABEL_SOURCE", message: "The folder holds no image that can be shown.", file: folder, hint: "PNG, JPEG, GIF, WebP, BMP, AVIF and SVG files can be labelled." });
  return keyImages(folder, paths, signal, progress);
}

function keyRule(request: LabelSetRequest): ItemRule {
  if (!request.key || request.key.columns.length === 0) throw new TouchstoneError({ code: "LABEL_SET", message: "Nothing says which columns name an item.", hint: "Choose an id column, or the columns whose content makes the item." });
  return { kind: request.key.kind, columns: request.key.columns };
}

async function freeName(sets: string, wanted: string): Promise<string> {
  const taken = new Set((await readdir(sets).catch(() => [])).map((name) => name.toLowerCase()));
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.has(name)) return name;
  }
}

/** Writes a whole file and waits for the disk. */
export async function writeSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, "w");
  try {
    await handle.writeFile(text, "utf8");
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a file in one step, so that a reader sees the old text or the new. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  await writeSynced(fresh, text);
  await rename(fresh, path);
}
