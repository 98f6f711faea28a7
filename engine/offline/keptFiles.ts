import { lstatSync } from "node:fs";
import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { isSecretFile } from "../capture/secrets.ts";
import { isOwnPlainFile, realPathIn } from "../platform/filesystems.ts";

/** How many files, folders and links of one artifact are looked at. */
const MOST_ENTRIES = 10_000;

/** What of an artifact may be taken in: the name that each file gets, and where it lies. */
export interface KeptFiles {
  readonly files: readonly { readonly path: string; readonly file: string }[];
  /** What is not, in sentences. */
  readonly leftOut: readonly string[];
}

/**
 * The files of one artifact beside a run that was recorded offline. The folder may be anybody's: no link in it is followed, and what its
 * name calls a secret stays where it is.
 * @param name of the artifact, a path that stays within `artifacts`
 */
export async function keptFiles(folder: string, name: string, most = MOST_ENTRIES): Promise<KeptFiles> {
  const start = join(folder, "artifacts", name);
  const there = lstatSync(start, { throwIfNoEntry: false });
  const no = (why: string): KeptFiles => ({ files: [], leftOut: [`The artifact ${name} is not kept: ${why}.`] });
  if (there === undefined) return no("it is not there");
  if (there.isSymbolicLink() || realPathIn(folder, start) === null) return no("a link in its place leads elsewhere");
  const found = there.isDirectory() ? await walked(start, name, most) : { files: [{ path: name, file: start }], odd: 0, more: false };
  const plain = found.files.filter(({ file }) => isOwnPlainFile(file));
  const files = plain.filter(({ path }) => !isSecretFile(path));
  const secret = plain.filter((file) => !files.includes(file)).map(({ path }) => path);
  const odd = found.odd + found.files.length - plain.length;
  if (!there.isDirectory() && odd > 0) return no("it is no plain file");
  return {
    files,
    leftOut: [
      ...(secret.length === 0 ? [] : [`The artifact ${secret.slice(0, 3).join(", ")}${secret.length > 3 ? ` and ${secret.length - 3} more` : ""} is not kept: the name says that it holds secrets.`]),
      ...(odd === 0 ? [] : [`Of the artifact ${name}, what is a link or no plain file is not kept: ${odd}.`]),
      ...(found.more ? [`Of the artifact ${name}, only the first ${most.toLocaleString("en")} files and folders were looked at.`] : []),
    ],
  };
}

/** Everything below a folder in the order in which it stands there, until enough was seen. `odd` counts what is neither file nor folder. */
async function walked(start: string, name: string, most: number): Promise<{ readonly files: { readonly path: string; readonly file: string }[]; readonly odd: number; readonly more: boolean }> {
  const files: { readonly path: string; readonly file: string }[] = [];
  const folders = [{ path: name, file: start }];
  let [looked, odd] = [0, 0];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of await opendir(folder.file)) {
      if (looked++ >= most) return { files, odd, more: true };
      const found = { path: `${folder.path}/${entry.name}`, file: join(folder.file, entry.name) };
      if (entry.isDirectory()) folders.push(found);
      else if (entry.isFile()) files.push(found);
      else odd++;
    }
  }
  return { files, odd, more: false };
}
