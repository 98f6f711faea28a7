import { basename, extname } from "node:path";
import { getMimeType } from "hono/utils/mime";

/** What MLflow shows as text, whatever its registered type is (mlflow/utils/mime_type_utils.py). */
const text = new Set(
  ["txt", "log", "err", "cfg", "conf", "cnf", "cf", "ini", "properties", "prop", "hocon", "toml", "yaml", "yml", "xml", "json", "js", "py", "py3", "csv", "tsv", "md", "rst", "ipynb", "MLmodel", "MLproject"],
);

/** The media type of an artifact, by its name alone; without parameters, as MLflow sends it. */
export function contentTypeOf(path: string): string {
  const name = basename(path);
  const extension = extname(name).slice(1) || name;
  if (text.has(extension)) return "text/plain";
  return getMimeType(name)?.split(";", 1)[0] ?? "application/octet-stream";
}

/** `Content-Disposition` that makes a browser save and never show: an ASCII name, and the whole one (RFC 5987) where it is not ASCII. */
export function attachment(path: string): string {
  const name = basename(path);
  const plain = name.normalize("NFKD").replace(/[^\x20-\x7e]/g, "") || "download";
  const quoted = /^[\w!#$&+.^`|~-]+$/.test(plain) ? plain : `"${plain.replace(/(["\\])/g, "\\$1")}"`;
  if (plain === name) return `attachment; filename=${quoted}`;
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename=${quoted}; filename*=UTF-8''${encoded}`;
}
