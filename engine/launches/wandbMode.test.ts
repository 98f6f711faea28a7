import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { wandbMode } from "./wandbMode.ts";

const home = mkdtempSync(join(tmpdir(), "touchstone-wandb-"));
after(() => rmSync(home, { recursive: true, force: true }));

test("W&B works offline where there is no key, and is left alone where there is one or the person chose", () => {
  assert.deepEqual(wandbMode({ HOME: home }), { WANDB_MODE: "offline" });
  for (const own of [{ WANDB_MODE: "disabled" }, { WANDB_API_KEY: "x" }, { WANDB_DISABLED: "true" }]) assert.deepEqual(wandbMode({ HOME: home, ...own }), {});
  writeFileSync(join(home, ".netrc"), "machine github.com login me password x\nmachine\n  api.wandb.ai\n  login user\n  password y\n");
  assert.deepEqual(wandbMode({ HOME: home }), {});
  assert.deepEqual(wandbMode({ HOME: home, WANDB_BASE_URL: "https://wandb.example.com" }), { WANDB_MODE: "offline" }, "a key of another server");
  assert.deepEqual(wandbMode({ HOME: home, NETRC: join(home, "other") }), { WANDB_MODE: "offline" });
  mkdirSync(join(home, "config"));
  writeFileSync(join(home, "config", "settings"), "[default]\nmode = online\n");
  assert.deepEqual(wandbMode({ HOME: "/nowhere", WANDB_CONFIG_DIR: join(home, "config") }), {});
});
