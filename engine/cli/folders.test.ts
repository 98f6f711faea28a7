import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openShell } from "./cli.fixture.ts";

const shell = openShell("touchstone folders ");
const inside = (...parts: string[]): string => join(shell.folder, ...parts);

test("a --folder that does not exist, or is a file, is refused by every command, and no folder above it gets a store", async () => {
  mkdirSync(inside("parent"));
  writeFileSync(inside("parent", "notes.txt"), "");
  for (const words of [["run", "--", process.execPath, "-e", "1"], ["runs"], ["status"], ["storage"], ["doctor"], ["mcp"], ["import", "notes.txt"], ["stop"], ["serve"], ["backup", "b"]]) {
    const { code, stdout, stderr } = await shell.touchstone(words[0] ?? "", "--folder", inside("parent", "chidl"), ...words.slice(1));
    assert.deepEqual([words[0], code, stdout, stderr], [words[0], 2, "", `touchstone: ${inside("parent", "chidl")}: There is no such folder.\nName one that is there with --folder.\n`]);
  }
  const file = await shell.touchstone("run", "--folder", inside("parent", "notes.txt"), "--", process.execPath, "-e", "1");
  assert.deepEqual([file.code, file.stderr], [2, `touchstone: ${inside("parent", "notes.txt")}: This is no folder.\nName one that is there with --folder.\n`]);
  assert.deepEqual([readdirSync(inside("parent")), existsSync(inside(".touchstone"))], [["notes.txt"], false]);
});

test("commands that only look make no store and start no engine where there is none, and say so", async () => {
  const empty = inside("empty");
  mkdirSync(empty);
  const [nothing, hint] = [`No store here: nothing was recorded in ${empty} yet.`, "Record a run with: touchstone run -- python train.py\n"];
  for (const name of ["runs", "status"]) {
    const { code, stdout, stderr } = await shell.touchstone(name, "--folder", empty);
    assert.deepEqual([name, code, stdout, stderr], [name, 0, `${nothing}\n${hint}`, ""]);
  }
  assert.deepEqual(JSON.parse((await shell.touchstone("runs", "--json", "--folder", empty)).stdout), []);
  for (const words of [["storage"], ["gc"], ["prune", "--deleted"], ["export", inside("out"), "--to", "csv"], ["push", "http://127.0.0.1:9"], ["backup", inside("out")]]) {
    const { code, stdout, stderr } = await shell.touchstone(...words, "--folder", empty);
    assert.deepEqual([words[0], code, stdout, stderr], [words[0], 2, "", `touchstone: ${nothing}\n${hint}`]);
  }
  assert.deepEqual([readdirSync(empty), existsSync(inside("out"))], [[], false]);
});

test("a store is made in the folder that was named, and where none can be made that is said", async () => {
  for (const words of [["restore", "b", "--folder", "/proc/x/y"], ["serve", "--store", "/proc/x/y"]]) {
    const { code, stderr } = await shell.touchstone(...words);
    assert.equal(code, 2);
    assert.match(stderr, /^touchstone: \/proc\/x\/y: The folder cannot be made: E[A-Z]+: .*\nChoose another place\.\n$/);
  }
});
