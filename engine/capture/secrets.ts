import { masked, scrub } from "./node/mask.cjs";

/**
 * What is never kept: values whose name says that they are secret, texts that look like keys, files that hold them. The
 * rules for names and texts stand in `node/mask.cjs`, which runs in tracked scripts too; `engine/python/_touchstone/mask.py`
 * says them again in Python, and one table tests both.
 */

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
