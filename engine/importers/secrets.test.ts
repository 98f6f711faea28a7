import assert from "node:assert/strict";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { withImports } from "./importers.fixture.ts";
import { ownFolder } from "./records.fixture.ts";
import { maskedText } from "./secrets.ts";

test("configs of other trackers are kept without their secrets, as params and as files, and files that hold secrets are not", () =>
  withImports(async (fixture) => {
    const { store } = fixture;
    const folder = join(ownFolder(), "dvclive");
    mkdirSync(join(folder, "plots", "images"), { recursive: true });
    writeFileSync(join(folder, "plots", "images", "credentials.json"), "swordfish");
    mkdirSync(join(folder, "plots", "metrics"), { recursive: true });
    writeFileSync(join(folder, "metrics.json"), '{"loss": 0.5, "step": 1}');
    writeFileSync(join(folder, "plots", "metrics", "loss.tsv"), "step\tloss\n0\t1.0\n1\t0.5\n");
    writeFileSync(join(folder, "params.yaml"), "lr: 0.1\napi_key: hunter2hunter2\nnested:\n  db_password: swordfish\nurl: https://me:swordfish@host/x\n");
    await fixture.take(folder);
    const [run] = [...store.read.runs.all()];
    const params = Object.fromEntries(store.read.runs.params(run?.runKey ?? 0).map(({ key, value }) => [key, value]));
    assert.equal(params["lr"], "0.1");
    const all = globSync("blobs/*/*", { cwd: join(store.dir, "artifacts") }).map((path) => readFileSync(join(store.dir, "artifacts", path), "utf8")).join("\n");
    assert.match(all, /^lr: 0\.1$/m);
    for (const text of [JSON.stringify(params), all]) assert.doesNotMatch(text, /hunter2|swordfish/);
  }));

test("a text loses what stands behind names of secrets in YAML, W&B's YAML, JSON and INI, and nothing else", () => {
  const kept = "lr: 0.1\ntokens: 512\nnote: a key idea\n";
  assert.equal(maskedText(kept), kept);
  const said = maskedText('api_key: abc\nwandb:\n    password:\n        value: abc\n"token": "abc",\npassword = abc\n');
  assert.doesNotMatch(said, /abc/);
  assert.equal(said.split("\n").length, 7);
});
