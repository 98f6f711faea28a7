import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { testFolder } from "../../test/fixtures/python.ts";
import { captureCode, type CapturedCode } from "./code.ts";
import { listFiles, rebuildFile, type RecordedCode } from "./rebuild.ts";

function run(cwd: string, ...args: string[]): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  return execFileSync("git", ["-c", "user.name=Ada L", "-c", "user.email=ada@example.org", "-c", "protocol.file.allow=always", ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] }).toString();
}

function put(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

function commitAll(folder: string): void {
  if (!existsSync(join(folder, ".git"))) run(folder, "init", "-q", "-b", "main");
  run(folder, "add", "-A");
  run(folder, "commit", "-q", "-m", "x");
}

/** Captures, then changes and removes everything in the working folder, so that a rebuild cannot lean on it. */
async function capture(folder: string, script = "train.py", cwd = folder): Promise<{ captured: CapturedCode; code: RecordedCode; kept: Map<string, Uint8Array> }> {
  const kept = new Map<string, Uint8Array>();
  const keep = async (content: Uint8Array): Promise<{ digest: string; bytes: number }> => {
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    kept.set(digest, Uint8Array.from(content));
    return { digest, bytes: content.length };
  };
  const captured = await captureCode({ folder, cwd, script, keep });
  const read = async (digest: string): Promise<Uint8Array> => kept.get(digest) ?? assert.fail(`no ${digest}`);
  return { captured, code: { state: captured.state, blobs: captured.blobs, read }, kept };
}

async function assertRebuilt(folder: string, code: RecordedCode, expected: Readonly<Record<string, string | Uint8Array | null>>): Promise<void> {
  for (const [path, content] of Object.entries(expected)) {
    const rebuilt = await rebuildFile(folder, code, path);
    if (content === null) assert.equal(rebuilt, null, path);
    else assert.deepEqual(Buffer.from(rebuilt ?? assert.fail(`${path} was not rebuilt`)), Buffer.from(content), path);
  }
}

function spoil(folder: string, paths: readonly string[]): void {
  for (const path of paths) if (existsSync(join(folder, path))) appendFileSync(join(folder, path), "\nspoiled after the capture\n");
}

const binary = Uint8Array.from({ length: 3000 }, (_, i) => (i * 7) % 256);

test("clean: the commit says it all, and no credential of the remote is kept", async () => {
  const { path, dispose } = testFolder({ "train.py": "print(1)\n", "lib/a.py": "x = 1\r\n" });
  try {
    commitAll(path);
    run(path, "remote", "add", "origin", "https://me:s3cr3t@example.org/r.git");
    const { captured, code } = await capture(path);
    const head = run(path, "rev-parse", "HEAD").trim();
    assert.deepEqual(captured, {
      state: { kind: "git", commit: head, branch: "main", remote: "https://example.org/r.git", author: "Ada L <ada@example.org>", added: 0, removed: 0, files: [] },
      blobs: [],
      notes: [],
    });
    spoil(path, ["train.py", "lib/a.py"]);
    await assertRebuilt(path, code, { "train.py": "print(1)\n", "lib/a.py": "x = 1\r\n", "none.py": null });
  } finally {
    dispose();
  }
});

test("dirty: changed, staged, deleted, binary, untracked, odd names; ignored and secret files are left out", async () => {
  const { path, dispose } = testFolder({ "train.py": "a\nb\nc\n", "gone.py": "x\n", "w.bin": binary, "staged.py": "1\n", ".gitignore": "out/\n*.log\n", "sp ace/ü *.py": "1\n", "link.py": "", ".env.tracked": "A=1\n" });
  try {
    rmSync(join(path, "link.py"));
    symlinkSync("train.py", join(path, "link.py"));
    commitAll(path);
    const changed = Uint8Array.from(binary, (byte) => 255 - byte);
    put(path, { "train.py": "a\nB\nc\nd", "w.bin": changed, "staged.py": "2\n", "new.py": "n\n", "out/x.py": "1", "run.log": "1", ".env": "SECRET=plant1", "key.pem": "plant2", "sp ace/ü *.py": "2\n", "data.csv": "1", ".env.tracked": "A=plant3\n", "conf.yaml": "db:\n  password: plant4\n" });
    run(path, "add", "staged.py");
    rmSync(join(path, "gone.py"));
    rmSync(join(path, "link.py"));
    symlinkSync("new.py", join(path, "link.py"));
    const { captured, code, kept } = await capture(path);
    const states = captured.state.files.map((file) => `${file.state} ${file.path} +${file.added} -${file.removed}`).sort();
    assert.deepEqual(states, [
      "deleted gone.py +0 -1",
      "modified .env.tracked +1 -1",
      "modified link.py +1 -1",
      "modified sp ace/ü *.py +1 -1",
      "modified staged.py +1 -1",
      "modified train.py +2 -1",
      "modified w.bin +0 -0",
      "untracked conf.yaml +2 -0",
      "untracked new.py +1 -0",
    ]);
    for (const content of kept.values()) assert.doesNotMatch(Buffer.from(content).toString("latin1"), /plant\d/);
    assert.ok(captured.notes.some((note) => note.startsWith("conf.yaml holds secrets")));
    spoil(path, ["train.py", "w.bin", "staged.py", "new.py", "sp ace/ü *.py"]);
    await assertRebuilt(path, code, { "train.py": "a\nB\nc\nd", "w.bin": changed, "staged.py": "2\n", "new.py": "n\n", "gone.py": null, "sp ace/ü *.py": "2\n", "link.py": "new.py" });
    const without = { ...code, blobs: code.blobs.filter((blob) => blob.kind === "patch") };
    await assertRebuilt(path, without, { "train.py": "a\nB\nc\nd", "w.bin": changed, "sp ace/ü *.py": "2\n" });
    assert.ok((await listFiles(path, code)).includes("new.py"));
  } finally {
    dispose();
  }
});

test("no git: source files by content, ignored ones and large ones left out", async () => {
  const { path, dispose } = testFolder({ "train.py": "print(1)\n", "sub/b.py": "b", ".gitignore": "tmp/\n", "tmp/c.py": "c", "big.py": "#".repeat(1024 * 1024 + 1), "data.csv": "1", "env/pyvenv.cfg": "", "node_modules/x.js": "", "secrets.yaml": "a: plant" });
  try {
    const { captured, code } = await capture(path);
    assert.equal(captured.state.kind, "files");
    assert.deepEqual(captured.blobs.map((blob) => blob.path).sort(), ["sub/b.py", "train.py"]);
    assert.equal(captured.notes.length, 1);
    spoil(path, ["train.py", "sub/b.py"]);
    await assertRebuilt(path, code, { "train.py": "print(1)\n", "sub/b.py": "b", "data.csv": null });
    assert.deepEqual(readdirSync(path).filter((name) => name.startsWith(".git")), [".gitignore"]);
  } finally {
    dispose();
  }
});

test("a submodule with changes of its own", async () => {
  const inner = testFolder({ "lib.py": "v = 1\n" });
  const outer = testFolder({ "train.py": "import lib\n" });
  try {
    commitAll(inner.path);
    commitAll(outer.path);
    run(outer.path, "submodule", "--quiet", "add", inner.path, "libs/inner");
    commitAll(outer.path);
    put(outer.path, { "libs/inner/lib.py": "v = 2\n", "libs/inner/more.py": "m\n" });
    const { captured, code } = await capture(outer.path);
    assert.deepEqual(captured.state.nested?.map((nested) => nested.path), ["libs/inner"]);
    assert.deepEqual(captured.state.files.map((file) => `${file.state} ${file.path}`).sort(), ["modified libs/inner/lib.py", "untracked libs/inner/more.py"]);
    spoil(outer.path, ["libs/inner/lib.py"]);
    await assertRebuilt(outer.path, code, { "libs/inner/lib.py": "v = 2\n", "libs/inner/more.py": "m\n", "train.py": "import lib\n" });
    await assertRebuilt(outer.path, { ...code, blobs: code.blobs.filter((blob) => blob.kind === "patch") }, { "libs/inner/lib.py": "v = 2\n" });
    await assertRebuilt(outer.path, { ...code, state: { ...code.state, files: [] }, blobs: [] }, { "libs/inner/lib.py": "v = 1\n" });
  } finally {
    inner.dispose();
    outer.dispose();
  }
});

test("an LFS pointer, with its content here and without", async () => {
  const content = "weights and such\n";
  const oid = createHash("sha256").update(content).digest("hex");
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`;
  const { path, dispose } = testFolder({ "train.py": "1\n", "w.npy": pointer, ".gitattributes": "" });
  try {
    commitAll(path);
    put(path, { ".gitattributes": "*.npy filter=lfs diff=lfs merge=lfs -text\n" });
    commitAll(path);
    const { code } = await capture(path);
    await assertRebuilt(path, code, { "w.npy": pointer });
    put(path, { [`.git/lfs/objects/${oid.slice(0, 2)}/${oid.slice(2, 4)}/${oid}`]: content, "w.npy": content });
    const fetched = await capture(path);
    spoil(path, ["w.npy"]);
    await assertRebuilt(path, fetched.code, { "w.npy": content });
  } finally {
    dispose();
  }
});

test("a nested repository, which the outer one does not know", async () => {
  const { path, dispose } = testFolder({ "train.py": "1\n" });
  try {
    commitAll(path);
    put(path, { "vendor/other/o.py": "o1\n" });
    commitAll(join(path, "vendor/other"));
    put(path, { "vendor/other/o.py": "o2\n" });
    const { captured, code } = await capture(path);
    assert.deepEqual(captured.state.nested?.map((nested) => nested.path), ["vendor/other"]);
    spoil(path, ["vendor/other/o.py"]);
    await assertRebuilt(path, code, { "vendor/other/o.py": "o2\n" });
    const alone = await capture(join(path, "vendor/other"), "o.py");
    assert.equal(alone.captured.state.commit, run(join(path, "vendor/other"), "rev-parse", "HEAD").trim());
  } finally {
    dispose();
  }
});

test("a notebook, with pictures beyond the limit of untracked files", async () => {
  const notebook = (text: string): string => JSON.stringify({ cells: [{ cell_type: "code", source: [text], outputs: [{ data: { "image/png": "A".repeat(2_000_000) } }] }], nbformat: 4, nbformat_minor: 5, metadata: {} });
  const { path, dispose } = testFolder({ "train.ipynb": notebook("a") });
  try {
    commitAll(path);
    put(path, { "train.ipynb": notebook("b") });
    const { code } = await capture(path, "train.ipynb");
    spoil(path, ["train.ipynb"]);
    await assertRebuilt(path, code, { "train.ipynb": notebook("b") });
  } finally {
    dispose();
  }
});

test("a worktree, a detached head, and a folder before its first commit", async () => {
  const { path, dispose } = testFolder({ "main/train.py": "1\n" });
  try {
    const main = join(path, "main");
    commitAll(main);
    run(main, "worktree", "add", "-q", "--detach", join(path, "tree"));
    put(join(path, "tree"), { "train.py": "2\n" });
    const { captured, code } = await capture(join(path, "tree"));
    assert.equal(captured.state.branch, null);
    spoil(path, ["tree/train.py", "main/train.py"]);
    await assertRebuilt(join(path, "tree"), code, { "train.py": "2\n" });

    put(path, { "fresh/train.py": "3\n" });
    run(join(path, "fresh"), "init", "-q");
    run(join(path, "fresh"), "add", "train.py");
    const fresh = await capture(join(path, "fresh"));
    assert.equal(fresh.captured.state.commit, null);
    spoil(path, ["fresh/train.py"]);
    await assertRebuilt(join(path, "fresh"), fresh.code, { "train.py": "3\n" });
  } finally {
    dispose();
  }
});

test("a folder that an outer repository ignores stands alone", async () => {
  const { path, dispose } = testFolder({ ".gitignore": "*\n", "work/train.py": "1\n" });
  try {
    run(path, "init", "-q");
    const { captured } = await capture(join(path, "work"));
    assert.deepEqual([captured.state.kind, captured.blobs.map((blob) => blob.path)], ["files", ["train.py"]]);
  } finally {
    dispose();
  }
});

test("line ends that git converts come back as they stood in the folder", async () => {
  const { path, dispose } = testFolder({ ".gitattributes": "*.py text eol=crlf\n", "train.py": "a\r\nb\r\n" });
  try {
    commitAll(path);
    const { code } = await capture(path);
    spoil(path, ["train.py"]);
    await assertRebuilt(path, code, { "train.py": "a\r\nb\r\n" });
  } finally {
    dispose();
  }
});

test("nothing that the repository's configuration names is executed, and no lock is taken", async () => {
  // Git splits `-c name=value` at the first `=`, and a filter's name may hold one.
  const attributes = "*.py filter=evil diff=evil\n*.cfg filter=a=b\n";
  const { path, dispose } = testFolder({ "train.py": "1\n", "a.cfg": "1\n", "kept.cfg": "1\n", ".gitattributes": attributes });
  try {
    commitAll(path);
    const marker = join(path, "executed");
    const evil = join(path, "evil.sh");
    put(path, { "evil.sh": `#!/bin/sh\necho "$0 $@" >> '${marker}'\ncat\n` });
    chmodSync(evil, 0o755);
    for (const key of ["core.fsmonitor", "diff.external", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "filter.a=b.clean", "filter.a=b.smudge", "filter.a=b.process", "diff.evil.textconv", "diff.evil.command", "core.pager", "gpg.program"]) run(path, "config", key, evil);
    run(path, "config", "filter.a=b.required", "true");
    run(path, "config", "log.showSignature", "true");
    run(path, "config", "core.hooksPath", path);
    put(path, { "post-index-change": `#!/bin/sh\necho hook >> '${marker}'\n`, "train.py": "2\n", "a.cfg": "2\n", ".git/index.lock": "" });
    chmodSync(join(path, "post-index-change"), 0o755);
    const { captured, code } = await capture(path);
    assert.equal(captured.state.files.find((file) => file.path === "train.py")?.state, "modified");
    await assertRebuilt(path, code, { "train.py": "2\n", "a.cfg": "2\n", "kept.cfg": "1\n", ".gitattributes": attributes });
    assert.equal(existsSync(marker) ? readFileSync(marker, "utf8") : "", "");
  } finally {
    dispose();
  }
});

test("a repository with a filter whose name cannot be handed to git is not read by git at all", async () => {
  const { path, dispose } = testFolder({ "train.py": "1\n", ".gitattributes": "" });
  try {
    commitAll(path);
    const marker = join(path, "executed");
    put(path, { ".gitattributes": Buffer.from("*.py filter=a\xffb\n", "latin1"), "train.py": "2\n" });
    appendFileSync(join(path, ".git/config"), Buffer.from(`[filter "a\xffb"]\n\tclean = "echo x >> '${marker}'; cat"\n`, "latin1"));
    const { captured, code } = await capture(path);
    assert.equal(existsSync(marker), false);
    assert.equal(captured.state.kind, "files");
    assert.ok(captured.notes.some((note) => note.includes("no UTF-8")));
    await assertRebuilt(path, code, { "train.py": "2\n" });
  } finally {
    dispose();
  }
});
