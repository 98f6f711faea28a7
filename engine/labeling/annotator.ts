import { execFile } from "node:child_process";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { TouchstoneError } from "../api/tokens.ts";

/** Names that Windows gives to devices, whatever their ending. */
const devices = /^(con|prn|aux|nul|com\d|lpt\d)$/;

/**
 * A name as a folder's name: lower case, letters and digits of any script, the rest a dash; accents are dropped.
 * Empty where nothing is left. Never a mail address: what has an @ is nobody's name.
 */
export function slug(name: string): string {
  if (name.includes("@")) return "";
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").normalize("NFC").toLowerCase();
  const dashed = plain.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 40);
  return devices.test(dashed) ? `${dashed}-1` : dashed;
}

/** Who labels in a store: asked once, kept outside git, because it differs from person to person. */
export class AnnotatorName {
  readonly #file: string;
  readonly #folder: string;

  /** `dir` is the store's `.touchstone`; `folder` is where git is asked. */
  constructor(dir: string, folder: string) {
    this.#file = join(dir, "annotator");
    this.#folder = folder;
  }

  /** Null until it was chosen. */
  async get(): Promise<string | null> {
    const text = await readFile(this.#file, "utf8").catch(() => "");
    return slug(text.trim()) || null;
  }

  async set(name: string): Promise<string> {
    const chosen = slug(name);
    if (chosen === "") {
      throw new TouchstoneError({ code: "ANNOTATOR", message: `"${name}" cannot name a person here.`, hint: "Use letters and digits; a mail address is not taken, because the name goes into git." });
    }
    await mkdir(join(this.#file, ".."), { recursive: true });
    await writeFile(`${this.#file}.new`, `${chosen}\n`);
    await rename(`${this.#file}.new`, this.#file);
    return chosen;
  }

  /** A slug of git's user name, else of the system's. */
  async proposed(): Promise<string> {
    const git = await new Promise<string>((resolve) => {
      execFile("git", ["config", "user.name"], { cwd: this.#folder, timeout: 2000 }, (error, stdout) => resolve(error ? "" : stdout.trim()));
    });
    return slug(git) || slug(userInfo().username) || "me";
  }
}
