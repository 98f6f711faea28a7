/**
 * What is never kept: values whose name says that they are secret, texts that look like keys, files that hold them.
 * `engine/python/_touchstone/mask.py` and `engine/capture/node/mask.cjs` hold the same rules for what the script's side
 * writes; one table tests all three.
 */

/** What stands in the place of a secret. */
export const MASK = "***";

const SECRET_WORDS = new Set(
  "secret secrets password passwords passwd passphrase pwd credential credentials auth authorization bearer cookie apikey accesskey secretkey privatekey authtoken accesstoken apitoken dsn creds jwt webhook".split(" "),
);
/** `pad_token`, `sort_key`, `forward_pass` and the like are settings. */
const HARMLESS_BEFORE: Readonly<Record<string, ReadonlySet<string>>> = {
  token: new Set("pad eos bos unk sep cls mask special max min num n per image start end decoder".split(" ")),
  key: new Set("sort label text image input output id item primary foreign metric feature target column data group num dict state batch query".split(" ")),
  pass: new Set("forward backward high low band all by one two first second third last single double multi num n max min per each next i epoch training train validation eval".split(" ")),
  pat: new Set("n num file glob path regex re per".split(" ")),
};
const HARMLESS_AFTER: Readonly<Record<string, ReadonlySet<string>>> = {
  token: new Set("dim len length size count type embedding index limit dropout ids weight".split(" ")),
  key: new Set("dim size metric metrics value values padding frame point points word words length heads mask bias".split(" ")),
  pass: new Set("band through rate count at k threshold filter index idx over only fraction ratio".split(" ")),
  pat: new Set("id ids len length size dim".split(" ")),
};
const WORDS = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g;
const SHAPES =
  /\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}|\bhf_[A-Za-z0-9]{20,}|\bAKIA[A-Z0-9]{16}\b|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bAIza[A-Za-z0-9_-]{30,}|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*/g;
const USER_IN_URL = /\b([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^\s/@]+@/g;

/** True where the value that belongs to this name must not be kept. */
export function isSecretName(name: string): boolean {
  const words = (name.match(WORDS) ?? []).map((word) => word.toLowerCase());
  return words.some((word, index) => {
    if (SECRET_WORDS.has(word)) return true;
    const before = Object.hasOwn(HARMLESS_BEFORE, word) ? HARMLESS_BEFORE[word] : undefined;
    const after = HARMLESS_AFTER[word];
    return before !== undefined && after !== undefined && !before.has(words[index - 1] ?? "") && !after.has(words[index + 1] ?? "");
  });
}

/** The value as it may be kept: whole, masked, or with what looks like a secret masked. */
export function masked(name: string, value: string): string {
  if (value === "" || value === "None") return value;
  return isSecretName(name) ? MASK : scrub(value);
}

/** Masks known shapes of keys and the user part of URLs anywhere in a text. */
export function scrub(text: string): string {
  return text.replace(SHAPES, MASK).replace(USER_IN_URL, `$1${MASK}@`);
}

/** A command as it may be kept: `--api-key abc`, `--api-key=abc`, `token=abc`, `-e SECRET=abc` without their values. */
export function maskedCommand(words: readonly string[]): string[] {
  return words.map((word, index) => {
    const pair = /^(-{0,2}[\w.+~/-]*\w)=([\s\S]*)$/.exec(word);
    if (pair) return `${pair[1]}=${masked(pair[1] ?? "", pair[2] ?? "")}`;
    const previous = words[index - 1] ?? "";
    const isValue = /^--?[A-Za-z]/.test(previous) && !previous.includes("=") && !/^--?[A-Za-z]/.test(word);
    return isValue ? masked(previous, word) : scrub(word);
  });
}

/** An environment as it may be kept, in alphabetical order. */
export function maskedEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of Object.keys(env).sort()) {
    const value = env[name];
    if (value !== undefined) kept[name] = masked(name, value);
  }
  return kept;
}

const SECRET_FILES = [
  /^\.env/,
  /\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk|gpg|asc|ovpn)$/,
  /^id_(rsa|dsa|ecdsa|ed25519)/,
  /^\.(netrc|pgpass|pypirc|npmrc|htpasswd|git-credentials|dockercfg)$/,
  /^_netrc$/,
  /^(kaggle|credentials|client_secret.*|service[-_]?account.*|.*-credentials)\.json$/,
  /^(secrets?|credentials?)(\.[\w-]+)*\.(ya?ml|toml|json|ini|cfg|conf|py|env)$/,
  /^credentials$/,
];
const SECRET_FOLDERS = new Set([".ssh", ".aws", ".gnupg", ".kube", ".azure", ".gcloud"]);

/** True for a file whose content is never kept, by its path (`/` or `\` as separator). */
export function isSecretFile(path: string): boolean {
  const parts = path.split(/[\\/]/);
  const name = (parts.at(-1) ?? "").toLowerCase();
  return parts.slice(0, -1).some((part) => SECRET_FOLDERS.has(part.toLowerCase())) || SECRET_FILES.some((shape) => shape.test(name));
}
