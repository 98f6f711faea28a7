import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CodeState } from "../api/runs.ts";
import { TouchstoneError } from "../api/tokens.ts";
import type { LaunchBlob } from "../store/operations.ts";
import { findRepository, git, zeroSeparated } from "./git.ts";

export interface RecordedCode {
  readonly state: CodeState;
  readonly blobs: readonly LaunchBlob[];
  /** Gives a kept content (the file of artifacts.blobs.verified). */
  readonly read: (digest: string) => Promise<Uint8Array>;
}

/**
 * The bytes that a file had when the launch began, or null where it did not exist.
 * @param folder the working folder of the repository today, or any folder where nothing was under git.
 * @param path relative to the repository, else to the store's folder, with `/`.
 * Throws `CODE_GONE` where the commit is no longer in the repository.
 */
export async function rebuildFile(folder: string, code: RecordedCode, path: string): Promise<Uint8Array | null> {
  const kept = code.blobs.find((blob) => blob.kind === "source" && blob.path === path);
  if (kept) return code.read(kept.digest);
  if (code.state.kind === "files") return null;

  const change = code.state.files.find((file) => file.path === path);
  if (change?.state === "deleted") return null;
  const { root, commit, inner, prefix } = await place(folder, code.state, path);
  const base = commit === null ? null : await committed(root, commit, inner);
  const patch = change && code.blobs.find((blob) => blob.kind === "patch" && blob.path === prefix);
  return patch ? patched(base, await code.read(patch.digest), inner) : base;
}

/** Every file of the repository at that moment: committed ones, changed ones, kept untracked ones. */
export async function listFiles(folder: string, { state, blobs }: Pick<RecordedCode, "state" | "blobs">): Promise<string[]> {
  const paths = new Set(blobs.filter((blob) => blob.kind === "source").map((blob) => blob.path));
  const { repository } = await findRepository(folder);
  if (repository !== null && state.commit !== null) {
    const listed = await git(repository.root, ["ls-tree", "-r", "-z", "--name-only", state.commit]);
    for (const path of zeroSeparated(listed.stdout)) paths.add(path);
  }
  for (const file of state.files) {
    if (file.state === "deleted") paths.delete(file.path);
    else paths.add(file.path);
  }
  return [...paths].sort();
}

async function place(folder: string, state: CodeState, path: string): Promise<{ root: string; commit: string | null; inner: string; prefix: string }> {
  const { repository } = await findRepository(folder);
  if (repository === null) throw new TouchstoneError({ code: "CODE_GONE", message: `${folder} is no git repository any more, so the code of this run cannot be read.`, file: folder });
  const owners = (state.nested ?? []).filter((nested) => path.startsWith(`${nested.path}/`)).sort((a, b) => b.path.length - a.path.length);
  const owner = owners[0];
  if (owner === undefined) return { root: repository.root, commit: state.commit, inner: path, prefix: "" };
  return { root: join(repository.root, owner.path), commit: owner.commit, inner: path.slice(owner.path.length + 1), prefix: owner.path };
}

/** A committed file as git would write it into the working folder: line ends converted, LFS contents in their place where they are here. */
async function committed(root: string, commit: string, path: string): Promise<Uint8Array | null> {
  const { repository } = await findRepository(root);
  const known = await git(root, ["cat-file", "-e", `${commit}^{commit}`]);
  if (repository === null || !known.ok) {
    throw new TouchstoneError({ code: "CODE_GONE", message: `Commit ${commit.slice(0, 12)} is not in ${root} any more.`, file: root, hint: "Fetch it from the remote, then ask again." });
  }
  const entry = await git(root, ["ls-tree", "-z", commit, "--", path]);
  const [mode, type] = entry.stdout.toString("utf8").split(" ");
  if (!entry.ok || type !== "blob") return null;
  // A link's content is its target; it is not converted.
  const raw = await git(root, ["cat-file", mode === "120000" ? "blob" : "--filters", `${commit}:${path}`], { env: repository.unfiltered });
  if (!raw.ok) throw new TouchstoneError({ code: "CODE_GONE", message: `git could not read ${path} at ${commit.slice(0, 12)}: ${raw.stderr.trim()}`, file: path });
  return (await fromLfs(root, raw.stdout)) ?? raw.stdout;
}

const LFS_POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:[\s\S]*\n)?oid sha256:([0-9a-f]{64})\nsize (\d+)\n/;

/** What an LFS pointer stands for, where this repository has fetched it; else the working file was the pointer itself. */
async function fromLfs(root: string, content: Buffer): Promise<Uint8Array | null> {
  if (content.length > 1024) return null;
  const oid = LFS_POINTER.exec(content.toString("latin1"))?.[1];
  if (oid === undefined) return null;
  const common = await git(root, ["rev-parse", "--path-format=absolute", "--git-common-dir"]);
  if (!common.ok) return null;
  return readFile(join(common.stdout.toString("utf8").trim(), "lfs", "objects", oid.slice(0, 2), oid.slice(2, 4), oid)).catch(() => null);
}

/** Applies one file's part of a patch, in a folder of its own; git checks that the patch fits. */
async function patched(base: Uint8Array | null, patch: Uint8Array, path: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "touchstone-patch-"));
  try {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    if (base !== null) await writeFile(join(folder, path), base);
    const applied = await git(folder, ["apply", "--whitespace=nowarn", `--include=${path.replace(/[*?[\\]/g, "\\$&")}`, "-"], { input: patch, env: { GIT_CEILING_DIRECTORIES: dirname(folder) } });
    if (!applied.ok) throw new TouchstoneError({ code: "CODE_GONE", message: `The kept patch does not apply to ${path}: ${applied.stderr.trim()}`, file: path });
    return await readFile(join(folder, path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
