import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { desktopCommand, findDesktop, hasDisplay, isNewEnough, usualPlaces } from "./desktop.ts";
import { root } from "./entry.mjs";

test("VS Code counts from the version that the manifest accepts", () => {
  assert.deepEqual(["1.101.0", "1.139.2", "2.0.0", "1.101.0-insider"].map(isNewEnough), [true, true, true, true]);
  assert.deepEqual(["1.100.9", "0.200.0", "", "code: not found"].map(isNewEnough), [false, false, false, false]);
});

test("it is looked for on PATH first, then in the usual places of the system", () => {
  assert.deepEqual(usualPlaces("linux", "/home/ada", {}).slice(0, 3), ["code", "/usr/share/code/bin/code", "/snap/bin/code"]);
  const mac = "Visual Studio Code.app/Contents/Resources/app/bin/code";
  assert.deepEqual(usualPlaces("darwin", "/Users/ada", {}), ["code", `/Applications/${mac}`, `/Users/ada/Applications/${mac}`]);
  const windows = { LOCALAPPDATA: "C:\\Users\\ada\\AppData\\Local", PROGRAMFILES: "C:\\Program Files" };
  assert.deepEqual(usualPlaces("win32", "", windows), ["code.cmd", "C:\\Users\\ada\\AppData\\Local\\Programs\\Microsoft VS Code\\bin\\code.cmd", "C:\\Program Files\\Microsoft VS Code\\bin\\code.cmd"]);
  assert.deepEqual(usualPlaces("win32", "", {}), ["code.cmd"]);
});

test("the one on PATH is taken where it is new enough, asked with a user-data folder of ours", () => {
  // A shell script stands for VS Code.
  if (process.platform === "win32") return;
  const folder = mkdtempSync(join(tmpdir(), "touchstone code "));
  const before = process.env["PATH"];
  const code = (version: string): void => {
    writeFileSync(join(folder, "code"), `#!/bin/sh\n[ "$1 $2" = "--version --user-data-dir" ] || exit 1\nprintf '${version}\\nabc\\nx64\\n'\n`);
    chmodSync(join(folder, "code"), 0o755);
  };
  try {
    process.env["PATH"] = folder + delimiter + (before ?? "");
    code("1.105.1");
    assert.deepEqual(findDesktop(), { program: "code", version: "1.105.1" });
    code("1.90.2");
    assert.notEqual(findDesktop()?.version, "1.90.2");
  } finally {
    process.env["PATH"] = before;
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a window opens with the extension of this checkout, its own user data, at the script's line; only our own sample is trusted", () => {
  const window = { folder: "/home/ada/my project", userData: "/cache/user", trusted: true, asRoot: false };
  const { program, args, shell } = desktopCommand("code", { ...window, script: { path: "/home/ada/my project/train.py", line: 41 } });
  assert.deepEqual([program, shell], ["code", false]);
  assert.deepEqual(args, ["--user-data-dir=/cache/user", `--extensionDevelopmentPath=${root}`, "--new-window", "--disable-workspace-trust", "/home/ada/my project", "--goto", "/home/ada/my project/train.py:41"]);
  const foreign = desktopCommand("code", { ...window, trusted: false, asRoot: true });
  assert.deepEqual(foreign.args.slice(3), ["--no-sandbox", "/home/ada/my project"]);
  const windows = desktopCommand("C:\\Program Files\\code.cmd", window);
  assert.deepEqual([windows.program, windows.shell, windows.args.at(-1)], ['"C:\\Program Files\\code.cmd"', true, '"/home/ada/my project"']);
});

test("a window needs a display on Linux only", () => {
  assert.deepEqual([hasDisplay("linux", {}), hasDisplay("linux", { DISPLAY: "" }), hasDisplay("linux", { WAYLAND_DISPLAY: "wayland-0" }), hasDisplay("darwin", {})], [false, false, true, true]);
});
