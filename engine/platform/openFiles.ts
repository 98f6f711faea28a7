import { lstatSync, readdirSync, readlinkSync } from "node:fs";

/** Of one process so many open files are looked at. */
const MOST_FILES = 4096;

/** Files that a process has open for writing, absolute. Linux only: elsewhere none are known. A process of somebody else has none. */
export function openForWriting(pid: number): string[] {
  if (process.platform !== "linux") return [];
  const folder = `/proc/${pid}/fd`;
  return listed(folder).slice(0, MOST_FILES).flatMap((name) => {
    try {
      // The link's own permissions say how the file was opened.
      return (lstatSync(`${folder}/${name}`).mode & 0o200) === 0 ? [] : [readlinkSync(`${folder}/${name}`)];
    } catch {
      return [];
    }
  });
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
