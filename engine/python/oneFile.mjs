import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";

/**
 * `touchstone.py` that stands alone: its last line, a comment, carries the package beside it, so that one file is enough on a machine
 * with nothing but Python.
 * @param {string} folder engine/python
 * @returns {string} the file's text
 */
export function oneFile(folder) {
  const names = ["sitecustomize.py", "touchstone.py", ...readdirSync(join(folder, "_touchstone")).filter((name) => name.endsWith(".py")).sort().map((name) => `_touchstone/${name}`)];
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  return `${files["touchstone.py"]}\n#~ ${deflateSync(JSON.stringify(files), { level: 9 }).toString("base64")}\n`;
}
