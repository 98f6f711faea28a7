import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import type { CodeState } from "../api/runs.ts";
import type { LaunchBlob } from "../store/operations.ts";
import { holdsSecrets } from "./config.ts";
import { describeHead, findRepository, git, type Repository } from "./git.ts";
import { changesOf } from "./changes.ts";
import { countLines, listSources, MOST_BYTES_IN_ALL, MOST_BYTES_PER_FILE, readWorking } from "./sources.ts";

export interface CodeRequest {
  /** The store's folder. */
  readonly folder: string;
  /** Where the command runs. */
  readonly cwd: string;
  /** Absolute, or relative to `folder`; null where the command names no script. */
  readonly script: string | null;
  /** Keeps a content by its digest (artifacts.blobs.put). */
  readonly keep: (content: Uint8Array) => Promise<{ readonly digest: string; readonly bytes: number }>;
}

export interface CapturedCode {
  readonly state: CodeState;
  /** What `rebuildFile` needs besides the repository. */
  readonly blobs: readonly LaunchBlob[];
  /** What was left out, in words. */
  readonly notes: readonly string[];
}

type ChangedFile = CodeState["files"][number];

/** What is collected over the repositories of one folder, within one allowance. */
export class Collected {
  readonly blobs: LaunchBlob[] = [];
  readonly files: ChangedFile[] = [];
  readonly notes = new Set<string>();
  readonly #keep: CodeRequest["keep"];
  #left = MOST_BYTES_IN_ALL;

  constructor(keep: CodeRequest["keep"]) {
    this.#keep = keep;
  }

  /** Keeps a working file whole; false where it is too large, over the allowance or secret. */
  async keepFile(root: string, path: string, blobPath: string, most: number = MOST_BYTES_PER_FILE): Promise<{ kept: boolean; lines: number }> {
    const file = await readWorking(join(root, path), Math.min(most, this.#left));
    if (file === null) return { kept: false, lines: 0 };
    if (holdsSecrets(path, file.content)) {
      this.notes.add(`${blobPath} holds secrets: its content is not kept.`);
      return { kept: false, lines: countLines(file.content) };
    }
    this.#left -= file.content.length;
    this.blobs.push({ kind: "source", path: blobPath, ...(await this.#keep(file.content)) });
    return { kept: true, lines: countLines(file.content) };
  }

  async keepPatch(prefix: string, patch: Uint8Array): Promise<void> {
    this.blobs.push({ kind: "patch", path: prefix, ...(await this.#keep(patch)) });
  }
}

/**
 * The state of the code at this moment: commit, branch, remote, author, what differs from the commit, and the contents that
 * no commit holds. Runs beside the script, changes nothing in the folder, and executes nothing that the folder names.
 */
export async function captureCode(request: CodeRequest): Promise<CapturedCode> {
  const { folder, cwd, script } = request;
  const start = startFolder(folder, cwd, script);
  const collected = new Collected(request.keep);
  const { repository, reason } = await findRepository(start);
  if (reason !== null) collected.notes.add(`Code is kept by content: ${reason}`);
  const under = repository !== null && contains(repository.root, start) && !(await isIgnored(repository, start));
  const state = under ? await fromGit(repository, collected) : await fromFiles(folder, collected);
  return { state, blobs: collected.blobs, notes: [...collected.notes] };
}

function startFolder(folder: string, cwd: string, script: string | null): string {
  const file = script === null ? null : isAbsolute(script) ? script : join(folder, script);
  const start = file !== null && existsSync(file) ? dirname(file) : cwd;
  return existsSync(start) ? start : folder;
}

function contains(root: string, path: string): boolean {
  const inner = relative(root, path);
  return !inner.startsWith("..") && !isAbsolute(inner);
}

/** A folder that an outer repository ignores (one for a whole home, say) stands alone. */
async function isIgnored(repository: Repository, folder: string): Promise<boolean> {
  return (await git(repository.root, ["check-ignore", "--quiet", "--", folder])).ok;
}

async function fromGit(repository: Repository, collected: Collected): Promise<CodeState> {
  const [{ branch, remote, author }, nested] = await Promise.all([describeHead(repository), changesOf(repository, "", collected)]);
  const sum = (side: "added" | "removed"): number => collected.files.reduce((total, file) => total + file[side], 0);
  return { kind: "git", commit: repository.head, branch, remote, author, added: sum("added"), removed: sum("removed"), files: collected.files, ...(nested.length > 0 ? { nested } : {}) };
}

async function fromFiles(folder: string, collected: Collected): Promise<CodeState> {
  let left = 0;
  for (const path of await listSources(folder)) {
    const { kept } = await collected.keepFile(folder, path, path);
    if (!kept) left++;
  }
  if (left > 0) collected.notes.add(`${left} source ${left === 1 ? "file is" : "files are"} not kept: larger than 1 MB, beyond 50 MB in all, or secret.`);
  return { kind: "files", commit: null, branch: null, remote: null, author: null, added: 0, removed: 0, files: [] };
}
