import { isUtf8 } from "node:buffer";
import { execFile } from "node:child_process";
import { devNull } from "node:os";

/**
 * Every call of git: takes no lock, asks nothing, fetches nothing, and runs nothing that the repository's own configuration
 * names (hooks, monitors, external diffs, text conversions, filters), since a folder may come from anyone.
 */

const QUIET = [
  "core.fsmonitor=false",
  `core.hooksPath=${devNull}`,
  "core.pager=cat",
  "core.quotePath=false",
  "core.untrackedCache=false",
  "diff.external=",
  "diff.noprefix=false",
  "diff.mnemonicPrefix=false",
  "diff.renames=false",
  "diff.submodule=short",
  "log.showSignature=false",
  "protocol.allow=never",
  "safe.bareRepository=explicit",
].flatMap((setting) => ["-c", setting]);

const LONGEST_MS = 60_000;
const MOST_BYTES = 256 * 1024 * 1024;

export interface GitResult {
  readonly ok: boolean;
  readonly stdout: Buffer;
  readonly stderr: string;
}

function environment(): NodeJS.ProcessEnv {
  // Variables of a surrounding git (a hook, a rebase) would point at another repository.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")));
  return { ...env, GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0", GIT_NO_LAZY_FETCH: "1", GIT_LFS_SKIP_SMUDGE: "1", GIT_NO_REPLACE_OBJECTS: "1", LC_ALL: "C" };
}

/** Runs git; `ok` is false for any failure, a missing git included. */
export function git(cwd: string, args: readonly string[], options: { readonly input?: string | Uint8Array; readonly env?: Readonly<Record<string, string>> } = {}): Promise<GitResult> {
  return new Promise((resolve) => {
    const settings = { cwd, env: { ...environment(), ...options.env }, timeout: LONGEST_MS, maxBuffer: MOST_BYTES, encoding: "buffer" as const, windowsHide: true };
    const child = execFile("git", [...QUIET, ...args], settings, (error, stdout, stderr) => {
      resolve({ ok: error === null, stdout, stderr: stderr.length > 0 ? stderr.toString("utf8") : (error?.message ?? "") });
    });
    child.stdin?.on("error", () => undefined); // git may end before it has read all.
    child.stdin?.end(options.input ?? "");
  });
}

/** Parts of an answer that was asked for with `-z`. */
export function zeroSeparated(bytes: Buffer): string[] {
  const text = bytes.toString("utf8");
  return text === "" ? [] : text.replace(/\0$/, "").split("\0");
}

export interface Repository {
  /** The top folder of the working tree; a real path. */
  readonly root: string;
  /** Null where nothing was committed yet. */
  readonly head: string | null;
  /** Environment that switches off the filters which the repository's own configuration names. */
  readonly unfiltered: Readonly<Record<string, string>>;
}

/** The repository that holds a folder, or null: none, no git, or one that cannot be trusted (then `reason` says so). */
export async function findRepository(folder: string): Promise<{ repository: Repository | null; reason: string | null }> {
  const top = await git(folder, ["rev-parse", "--show-toplevel"]);
  if (!top.ok) {
    if (/dubious ownership/.test(top.stderr)) return { repository: null, reason: `git does not trust ${folder}: it belongs to another user.` };
    return { repository: null, reason: /ENOENT/.test(top.stderr) ? "git was not found." : null };
  }
  const root = top.stdout.toString("utf8").replace(/\r?\n$/, "");
  const [head, filters] = await Promise.all([
    git(root, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]),
    git(root, ["config", "--show-scope", "--includes", "-z", "--name-only", "--get-regexp", "^filter\\..*\\.(clean|smudge|process)$"]),
  ]);
  // A name that an environment cannot carry byte for byte could not be switched off.
  if (!isUtf8(filters.stdout)) return { repository: null, reason: `the configuration of ${root} names a filter that is no UTF-8.` };
  return { repository: { root, head: head.ok ? head.stdout.toString("utf8").trim() : null, unfiltered: withoutFilters(zeroSeparated(filters.stdout)) }, reason: null };
}

/**
 * `parts` alternate between a scope and a key; the person's own and the system's settings are trusted.
 * By environment, since `-c` splits at the first `=`, which a filter's name may hold.
 */
function withoutFilters(parts: readonly string[]): Record<string, string> {
  const off: [string, string][] = [];
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const key = parts[index + 1] ?? "";
    if (parts[index] === "global" || parts[index] === "system") continue;
    off.push([key, ""], [`${key.replace(/\.[^.]*$/, "")}.required`, "false"]);
  }
  const named = off.flatMap(([key, value], index) => [[`GIT_CONFIG_KEY_${index}`, key], [`GIT_CONFIG_VALUE_${index}`, value]] as const);
  return { GIT_CONFIG_COUNT: String(off.length), ...Object.fromEntries(named) };
}

/** The remote that a person would name, without credentials in it. */
export async function describeHead(repository: Repository): Promise<{ branch: string | null; remote: string | null; author: string | null }> {
  const { root, head } = repository;
  const [branch, remotes, commit] = await Promise.all([
    git(root, ["symbolic-ref", "--quiet", "--short", "HEAD"]),
    git(root, ["config", "-z", "--get-regexp", "^remote\\..*\\.url$"]),
    head === null ? null : git(root, ["cat-file", "commit", head]),
  ]);
  const urls = zeroSeparated(remotes.stdout).map((line) => line.split("\n"));
  const url = (urls.find(([name]) => name === "remote.origin.url") ?? urls[0])?.[1] ?? null;
  const author = commit?.ok ? /^author (.*?) \d+ [+-]\d{4}$/m.exec(commit.stdout.toString("utf8"))?.[1] : undefined;
  return { branch: branch.ok ? branch.stdout.toString("utf8").trim() : null, remote: url && url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1"), author: author ?? null };
}
