import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { testFolder } from "../../test/fixtures/python.ts";
import { argumentParams } from "./arguments.ts";
import { holdsSecrets, MOST_KEYS, readConfig, readConfigs } from "./config.ts";

const text = (content: Uint8Array): string => Buffer.from(content).toString("utf8");
const pairs = (params: readonly { key: string; value: string }[]): string[] => params.map(({ key, value }) => `${key}=${value}`);

test("arguments as params", () => {
  const words = ["fit", "--lr", "0.1", "--batch-size=32", "--amp", "--no-shuffle", "--shift", "-5", "-vv", "model.depth=6", "+opt=adam", "--out", "a=b", "-x", "1", "--api-key", "abc", "--tags", "a", "--tags", "b", "--", "--not", "1"];
  assert.deepEqual(pairs(argumentParams(words)), ["lr=0.1", "batch_size=32", "amp=true", "no_shuffle=true", "shift=-5", "vv=true", "model.depth=6", "opt=adam", "out=true", "a=b", "api_key=***", "tags=b"]);
});

test("YAML, JSON and TOML named in arguments: flattened, masked, kept whole with their comments", async () => {
  const { path, dispose } = testFolder({
    "a.yaml": "# tuned by hand\nmodel:\n  lr: 1e-3 # small\n  layers: [64, 32]\nstages:\n  - name: one\n    n: 1\ndb:\n  password: hunter2xyz\n",
    "b.json": '{"seed": 1, "token": 12}',
    "c.toml": 'title = "x"\n[opt]\nname = "adam"\nwhen = 2024-01-02T03:04:05Z\n',
    "broken.yml": "a: [1,\n",
    ".env.json": "{}",
  });
  try {
    const files = await readConfigs(["--config", "a.yaml", "config=b.json", "--x=c.toml", "broken.yml", "gone.yaml", ".env.json", "a.yaml"], path);
    assert.deepEqual(files.map((file) => file.path), ["a.yaml", "b.json", "c.toml", "broken.yml"].map((name) => join(path, name)));
    const [a, b, c, broken] = files;
    assert.deepEqual(pairs(a?.params ?? []), ["model.lr=0.001", "model.layers=[64,32]", "stages.0.name=one", "stages.0.n=1", "db.password=***"]);
    assert.equal(text(a?.content ?? new Uint8Array()), "# tuned by hand\nmodel:\n  lr: 1e-3 # small\n  layers: [64, 32]\nstages:\n  - name: one\n    n: 1\ndb:\n  password: \"***\"\n");
    assert.deepEqual(pairs(b?.params ?? []), ["seed=1", "token=***"]);
    assert.deepEqual(JSON.parse(text(b?.content ?? new Uint8Array())), { seed: 1, token: "***" });
    assert.deepEqual(pairs(c?.params ?? []), ["title=x", "opt.name=adam", "opt.when=2024-01-02T03:04:05.000Z"]);
    assert.equal(broken?.params.length, 0);
    assert.match(broken?.notes[0] ?? "", /^broken\.yml could not be read as configuration: .*line 2/);
  } finally {
    dispose();
  }
});

test("a secret that the file spells with escapes or over several lines is masked all the same", () => {
  const escaped = readConfig("a.json", Buffer.from('{"secret": "a\\u0062cdefgh", "n": 1}'));
  assert.deepEqual(JSON.parse(text(escaped.content)), { secret: "***", n: 1 });
  const block = readConfig("a.yaml", Buffer.from("private_key: |\n  line one\n  line two\nlr: 1\n"));
  assert.doesNotMatch(text(block.content), /line (one|two)/);
  assert.match(text(block.content), /lr: 1/);
});

test("a large configuration gives its first values as params", () => {
  const many = JSON.stringify(Object.fromEntries(Array.from({ length: 800 }, (_, i) => [`k${i}`, i])));
  const file = readConfig("a.json", Buffer.from(many));
  assert.equal(file.params.length, MOST_KEYS);
  assert.deepEqual(file.notes, ["a.json has 800 values: the first 500 are params, the file is kept whole."]);
  assert.equal(text(file.content), many);
});

test("which configuration files hold secrets", () => {
  const holds = (name: string, content: string): boolean => holdsSecrets(name, Buffer.from(content));
  assert.ok(holds("a.yaml", "x:\n  api_key: abcd\n"));
  assert.ok(holds("a.ini", "[db]\npassword = abc\n"));
  assert.ok(holds("a.toml", '[secrets]\nx = "abc"\n'));
  assert.ok(!holds("a.yaml", "api_key: ${oc.env:KEY}\npassword:\ntoken: <yours>\n"));
  assert.ok(!holds("schema.json", '{"properties": {"password": {"type": "string"}}}'));
  assert.ok(!holds("package.json", '{"dependencies": {"cookie": "^1.0.0"}}'));
  assert.ok(!holds("a.py", "password = 'x'"));
});
