import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { storeFolderOf } from "./folder.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "touchstone-folder-")));
after(() => rmSync(root, { recursive: true, force: true }));

function folder(...parts: string[]): string {
  const path = join(root, ...parts);
  mkdirSync(path, { recursive: true });
  return path;
}

function git(cwd: string, ...args: string[]): void {
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always", ...args], { cwd, stdio: "ignore" });
}

test("the nearest ancestor's store wins, then the repository's root, then the folder itself", () => {
  const plain = folder("plain", "deep");
  assert.equal(storeFolderOf(plain), plain);
  const repository = folder("repository");
  git(repository, "init");
  const inner = folder("repository", "models", "a");
  writeFileSync(join(inner, "train.py"), "");
  assert.equal(storeFolderOf(join(inner, "train.py")), repository);
  folder("repository", "models", ".touchstone");
  assert.equal(storeFolderOf(join(inner, "train.py")), join(repository, "models"));
  // A file of that name is no store.
  writeFileSync(join(inner, ".touchstone"), "");
  assert.equal(storeFolderOf(inner), join(repository, "models"));
});

test("a worktree uses the main worktree's store; a submodule and a link their own", () => {
  const main = folder("main");
  git(main, "init");
  git(main, "commit", "--allow-empty", "-m", "a");
  git(main, "worktree", "add", join(root, "linked"));
  assert.equal(storeFolderOf(folder("linked", "src")), main);
  const outer = folder("outer");
  git(outer, "init");
  git(outer, "submodule", "add", main, "part");
  assert.equal(storeFolderOf(join(outer, "part")), join(outer, "part"));
  symlinkSync(main, join(root, "link"));
  assert.equal(storeFolderOf(join(root, "link")), main);
});

test("an ancestor's store counts only as a real folder of this user", () => {
  const inner = folder("shared", "work");
  symlinkSync(folder("elsewhere", ".touchstone"), join(root, "shared", ".touchstone"));
  assert.equal(storeFolderOf(inner), inner);
  const below = folder("mine", "work");
  folder("mine", ".touchstone");
  assert.equal(storeFolderOf(below), join(root, "mine"));
  const { getuid } = process;
  process.getuid = () => (getuid?.() ?? 0) + 1;
  try {
    assert.equal(storeFolderOf(below), below);
  } finally {
    if (getuid !== undefined) process.getuid = getuid;
  }
});
