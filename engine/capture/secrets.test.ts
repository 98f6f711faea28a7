import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { bootstrap } from "../python/tracked.fixture.ts";
import { testFolder, testPython } from "../../test/fixtures/python.ts";
import { blankedCode, isSecretName, masked } from "./node/mask.cjs";
import { isSecretFile, maskedCommand, maskedEnvironment } from "./secrets.ts";

const secret = ["key", "api_key", "--api-key", "apiKey", "APIKey", "OPENAI_API_KEY", "token", "HF_TOKEN", "access-token", "accessToken", "secret", "client_secret", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "password", "db.password", "DB_PASSWD", "passphrase", "MYSQL_PWD", "auth_token", "credentials", "private_key", "SENTRY_DSN", "ssh_key_path", "DB_PASS", "SMTP_PASS", "--pass", "dbPass", "pass", "passphrase", "creds", "GCP_CREDS", "jwt", "session-jwt", "SLACK_WEBHOOK", "webhook_url", "GH_PAT", "pat", "dsn", "db_dsn", "cookie", "SESSION_COOKIE"];
const open = ["lr", "max_tokens", "tokenizer", "num_tokens", "pad_token", "eos_token", "max_token", "token_dim", "token_length", "keyboard", "sort_key", "label_key", "key_metric", "key_dim", "num_key_value_heads", "monkey", "author", "model.key_padding_mask", "keys", "passes", "PATH", "tokens_per_batch", "pass_band", "forward_pass", "backwardPass", "high_pass", "low_pass", "high_pass_filter", "num_passes", "n_pass", "max_pass", "single_pass", "pass_rate", "pass_through", "pass@k", "bandpass", "bypass", "compass", "patience", "patch_size", "path", "pat_id", "num_pat", "constructor", "to_string"];
const values: readonly (readonly [string, string, string])[] = [
  ["data", "s3://user:pass@host/x", "s3://***@host/x"],
  ["url", "https://ghp_abcdefghijklmnopqrstuvwxyz0123456789", "https://***"],
  ["name", `sk-${"0123456789".repeat(3)}`, "***"],
  ["lr", "0.1", "0.1"],
  ["password", "", ""],
  ["password", "1234", "***"],
  ["mail", "a@b.c", "a@b.c"],
  ["id", "AKIAIOSFODNN7EXAMPLE", "***"],
];

test("names and values that are secret, and those that only look so", () => {
  assert.deepEqual(secret.filter((name) => !isSecretName(name)), []);
  assert.deepEqual(open.filter((name) => isSecretName(name)), []);
  for (const [name, value, kept] of values) assert.equal(masked(name, value), kept);
});

test("secrets in code, each letter in its place; names, calls and what is only called a key stay", () => {
  // What is masked stands between two §.
  const lines = [
    'api_key = "§0123abcd§"', "login(token='§abcdefgh12345§')", 'PASSWORD: str = "§x9§"', '{"db.password": "§a b§", "n": 3}', "export PASSWORD=§hunter2§ && run", "API_KEY: §abc123§", String.raw`"API_KEY = \"§abc§\"\n",`,
    'at "postgres://§ada:x§@host/db"', 'OpenAI("§sk-abcdefghijklmnopqrstuvwx§")', "const secret = `§s3§`;",
    'API_KEY = os.environ["API_KEY"]', 'token=f"{token}"', "PASSWORD = getpass()", "TOKEN: str = config.token", 'sort_values(key="epoch")', 'if token == "the":', 'pad_token = "[PAD]"', "API_KEY = DEFAULT_KEY", 'key = "epoch"', "num_tokens=5", 'password = ""',
  ];
  for (const line of lines) {
    const plain = line.replaceAll("§", "");
    const expected = line.split("§").map((part, at) => (at % 2 === 0 ? part : "*".repeat(part.length))).join("");
    assert.equal(blankedCode(plain), expected);
  }
  const began = "A=".repeat(100_000) + "(";
  assert.equal(blankedCode(began), began);
});

test("the script's side masks by the same rules", () => {
  const program = "import json, sys\nfrom _touchstone.mask import is_secret, masked\nnames, values = json.load(sys.stdin)\nprint(json.dumps([[is_secret(n) for n in names], [masked(n, v) for n, v in values]]))\n";
  const input = JSON.stringify([[...secret, ...open], values.map(([name, value]) => [name, value])]);
  const said: unknown = JSON.parse(execFileSync(testPython(), ["-c", program], { input, env: { ...process.env, PYTHONPATH: bootstrap } }).toString());
  assert.deepEqual(said, [[...secret.map(() => true), ...open.map(() => false)], values.map(([, , kept]) => kept)]);
});

test("a command and an environment without their secrets", () => {
  const words = ["python", "train.py", "--pass", "xyz", "--low-pass", "3", "--lr", "0.1", "--api-key", "abc", "--token=def", "password=ghi", "--verbose", "--pad-token", "<pad>", "--secret", "-5"];
  assert.deepEqual(maskedCommand(words), ["python", "train.py", "--pass", "***", "--low-pass", "3", "--lr", "0.1", "--api-key", "***", "--token=***", "password=***", "--verbose", "--pad-token", "<pad>", "--secret", "***"]);
  assert.deepEqual(maskedEnvironment({ PATH: "/bin", HF_TOKEN: "x", A: undefined, PROXY: "http://u:p@h:1" }), { HF_TOKEN: "***", PATH: "/bin", PROXY: "http://***@h:1" });
});

const secretFiles = [".env", "a/.env.local", "server.pem", "x/id_rsa", ".netrc", "_netrc", "secrets.yaml", "config/secret.prod.toml", "b\\client_secret_1.json", ".ssh/config", "home/.aws/config", ".kube/config", "kaggle.json", "service-account.json", "service_account_eu.json", "gcp-credentials.json", "credentials", "Credentials.JSON", ".pypirc", "vpn.ovpn", "store.jks"];
const openFiles = ["train.py", "environment.yml", "keys.py", "tokens.json", "pem.py", "config.yaml", "env.py", "credentials.csv", "secrets.md", "aws/config", "id.txt", "kaggle.json/x.py", "kaggle.json\n"];

test("files that hold secrets, on both sides", () => {
  assert.deepEqual(secretFiles.filter((path) => !isSecretFile(path)), []);
  assert.deepEqual(openFiles.filter((path) => isSecretFile(path)), []);
  const program = "import json, sys\nfrom _touchstone.mask import is_secret_file\nprint(json.dumps([is_secret_file(path) for path in json.load(sys.stdin)]))\n";
  const input = JSON.stringify([...secretFiles, ...openFiles]);
  const said: unknown = JSON.parse(execFileSync(testPython(), ["-c", program], { input, env: { ...process.env, PYTHONPATH: bootstrap } }).toString());
  assert.deepEqual(said, [...secretFiles.map(() => true), ...openFiles.map(() => false)]);
});

test("what is recorded offline leaves the same files out", () => {
  const folder = testFolder({ "train.py": "x = 1\n", "kaggle.json": "{}", "client_secret_1.json": "{}", "sub/service-account.json": "{}", "sub/model.py": "y = 1\n" });
  const program = "import json, os\nfrom _touchstone.offline_state import code\nprint(json.dumps([blob['path'] for blob in code(os.getcwd(), os.path.join(os.getcwd(), '.touchstone', 'launch'))['blobs']]))\n";
  const kept = (): unknown => JSON.parse(execFileSync(testPython(), ["-c", program], { cwd: folder.path, env: { ...process.env, PYTHONPATH: bootstrap, GIT_CEILING_DIRECTORIES: join(folder.path, "..") } }).toString());
  try {
    assert.deepEqual(kept(), ["train.py", "sub/model.py"]);
    execFileSync("git", ["init", "-q"], { cwd: folder.path });
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "--allow-empty", "-m", "first"], { cwd: folder.path });
    assert.deepEqual(kept(), ["sub/model.py", "train.py"]);
  } finally {
    folder.dispose();
  }
});
