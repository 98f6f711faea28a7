import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

/** Words before a command that may mount, in a name space of its own, so that nothing of it is left; null where the system has none. */
function mounting(): readonly string[] | null {
  const words = process.getuid?.() === 0 ? ["unshare", "--mount"] : ["unshare", "--user", "--map-root-user", "--mount"];
  return process.platform === "linux" && spawnSync(words[0] ?? "", [...words.slice(1), "true"]).status === 0 ? words : null;
}

const before = mounting();
const sentence = /The disk is full, so nothing more can be stored\./;

test("a full disk is said, what was acknowledged stays, and all goes on when there is room again", { skip: before === null && "no small disk can be mounted here" }, () => {
  assert.ok(before);
  const disk = mkdtempSync(join(tmpdir(), "touchstone-disk-"));
  try {
    const command = [...before, "sh", "-c", 'mount -t tmpfs -o size=12m tmpfs "$1" && exec "$2" "$3" "$1"', "sh", disk, process.execPath, join(import.meta.dirname, "diskFull.fixture.ts")];
    const { stdout, stderr } = spawnSync(command[0] ?? "", command.slice(1), { encoding: "utf8", timeout: 120_000 });
    const line = /^RESULT (.*)$/m.exec(stdout)?.[1];
    assert.ok(line !== undefined, stdout + stderr);
    const seen: Record<string, unknown> = JSON.parse(line);
    const { refused, "artifact refused": artifact, status, told, "after a restart": restarted, ...rest } = seen;
    for (const answer of [refused, artifact]) assert.match(JSON.stringify(answer), /^\[503,"The disk is full, so nothing more can be stored\. Free some space;/);
    for (const words of [status, told]) assert.match(String(words), sentence);
    // A restart folds SQLite's log, which may leave room for a write or not.
    assert.ok(restarted === 200 || restarted === 503, String(restarted));
    assert.deepEqual(rest, {
      "artifact before": 200,
      "unfinished uploads": [],
      again: 200,
      "artifact after": 200,
      "status after": [],
      script: ["finished", 0],
      lost: [],
      artifacts: [["after.bin", 1_500_000], ["before.bin", 1_500_000]],
      "script's ends": [[0, 0.5], [1000, 0.25]],
    });
  } finally {
    rmSync(disk, { recursive: true, force: true });
  }
});
