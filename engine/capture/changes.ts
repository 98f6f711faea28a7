import { join } from "node:path";
import type { Collected } from "./code.ts";
import { findRepository, git, type Repository, zeroSeparated } from "./git.ts";
import { isSecretFile } from "./secrets.ts";
import { sourcesOf } from "./sources.ts";

/** Changed files that git already knows are kept whole up to this, so that notebooks with pictures are. */
const MOST_BYTES_OF_CHANGED = 8 * 1024 * 1024;
const MOST_BYTES_OF_PATCH = 50 * 1024 * 1024;
const MOST_NESTED = 20;
/** Command lines have a limit; beyond so many changed files the patch is made without naming them. */
const MOST_NAMED = 500;

const DIFF = ["diff", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--ignore-submodules=dirty"];

interface Change {
  readonly path: string;
  readonly state: "modified" | "added" | "deleted";
  readonly added: number;
  readonly removed: number;
}

/**
 * Collects what differs from the commit in one repository and in the ones inside of it.
 * @param prefix where this repository stands in the outermost one: "" or `libs/inner/`.
 * @returns the inner repositories with their commits.
 */
export async function changesOf(repository: Repository, prefix: string, collected: Collected): Promise<{ path: string; commit: string | null }[]> {
  const { root, head, unfiltered } = repository;
  const run = (args: readonly string[], input?: string): ReturnType<typeof git> => git(root, args, { env: unfiltered, ...(input === undefined ? {} : { input }) });
  const [untracked, tracked, indexed] = await Promise.all([
    run(["ls-files", "-z", "--others", "--exclude-standard"]),
    head === null ? run(["ls-files", "-z"]) : null,
    run(["ls-files", "-z", "--stage"]),
  ]);
  const submodules = zeroSeparated(indexed.stdout).filter((line) => line.startsWith("160000 ")).map((line) => line.slice(line.indexOf("\t") + 1));
  const loose = zeroSeparated(untracked.stdout);

  if (head !== null) await collectChanged(repository, prefix, run, submodules, collected);
  // Before the first commit, the files that were added are as new as the others.
  for (const path of sourcesOf([...zeroSeparated(tracked?.stdout ?? Buffer.alloc(0)), ...loose])) {
    const { kept, lines } = await collected.keepFile(root, path, prefix + path);
    if (!kept) collected.notes.add(`${prefix}${path} is not kept: larger than 1 MB, beyond 50 MB in all, or secret.`);
    collected.files.push({ path: prefix + path, added: lines, removed: 0, state: "untracked" });
  }

  const nested: { path: string; commit: string | null }[] = [];
  for (const path of [...submodules, ...loose.filter((name) => name.endsWith("/")).map((name) => name.slice(0, -1))]) {
    if (nested.length >= MOST_NESTED) break;
    const inner = (await findRepository(join(root, path))).repository;
    // A submodule that was never fetched is an empty folder of the outer repository.
    if (inner === null || inner.root === root) continue;
    nested.push({ path: prefix + path, commit: inner.head });
    nested.push(...(await changesOf(inner, `${prefix}${path}/`, collected)));
  }
  return nested;
}

async function collectChanged(
  { root }: Repository,
  prefix: string,
  run: (args: readonly string[], input?: string) => ReturnType<typeof git>,
  submodules: readonly string[],
  collected: Collected,
): Promise<void> {
  const changes = (await listChanges(run)).filter((change) => !submodules.includes(change.path));
  if (changes.length === 0) return;
  const large = await filteredByLfs(run, changes.map((change) => change.path));
  const patched: string[] = [];
  for (const { path, state, added, removed } of changes) {
    const at = prefix + path;
    collected.files.push({ path: at, added, removed, state });
    if (isSecretFile(path)) {
      collected.notes.add(`${at} may hold secrets: its change is not kept.`);
    } else if (large.has(path)) {
      collected.notes.add(`${at} is kept by Git LFS: its change is not kept here.`);
    } else if (state === "deleted") {
      patched.push(path);
    } else {
      const before = collected.notes.size;
      await collected.keepFile(root, path, at, MOST_BYTES_OF_CHANGED);
      if (collected.notes.size === before) patched.push(path);
    }
  }
  if (patched.length === 0) return;
  const all = patched.length === changes.length && patched.length > MOST_NAMED;
  const patch = await run(["--literal-pathspecs", ...DIFF, "--binary", "HEAD", ...(all ? [] : ["--", ...patched.slice(0, MOST_NAMED)])]);
  if (patch.ok && patch.stdout.length <= MOST_BYTES_OF_PATCH) await collected.keepPatch(prefix.replace(/\/$/, ""), patch.stdout);
  else collected.notes.add(`The patch of uncommitted changes is not kept: ${patch.ok ? "it is larger than 50 MB" : patch.stderr.trim()}.`);
}

/** Files that differ from the commit, with lines added and removed (0 for binary ones). */
async function listChanges(run: (args: readonly string[]) => ReturnType<typeof git>): Promise<Change[]> {
  const [names, numbers] = await Promise.all([run([...DIFF, "--name-status", "-z", "HEAD"]), run([...DIFF, "--numstat", "-z", "HEAD"])]);
  const lines = new Map<string, [number, number]>();
  for (const line of zeroSeparated(numbers.stdout)) {
    const [added, removed, ...path] = line.split("\t");
    lines.set(path.join("\t"), [Number(added) || 0, Number(removed) || 0]);
  }
  const parts = zeroSeparated(names.stdout);
  const changes: Change[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const path = parts[index + 1] ?? "";
    const [added, removed] = lines.get(path) ?? [0, 0];
    changes.push({ path, state: parts[index] === "D" ? "deleted" : parts[index] === "A" ? "added" : "modified", added, removed });
  }
  return changes;
}

async function filteredByLfs(run: (args: readonly string[], input?: string) => ReturnType<typeof git>, paths: readonly string[]): Promise<Set<string>> {
  const answer = await run(["check-attr", "-z", "--stdin", "filter"], paths.join("\0") + "\0");
  const parts = zeroSeparated(answer.stdout);
  const found = new Set<string>();
  for (let index = 0; index + 2 < parts.length; index += 3) if (parts[index + 2] === "lfs") found.add(parts[index] ?? "");
  return found;
}
