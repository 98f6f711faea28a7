import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { isAbsolute } from "node:path";

export interface Interpreter {
  readonly executable: string;
  readonly version: string;
  readonly packages: readonly { readonly name: string; readonly version: string }[];
}

/** Says what is installed where the interpreter looks by itself, and the folders that say when that changed. */
const PROGRAM = `
import sys, json
try:
    from importlib.metadata import distributions
    found = {}
    for d in distributions():
        name = d.metadata["Name"] if d.metadata else None
        if name and name not in found:
            found[name] = d.version or ""
except ImportError:
    found = {}
print(json.dumps({"version": "%d.%d.%d" % sys.version_info[:3], "folders": [p for p in sys.path if p], "packages": found}))
`;
const LONGEST_MS = 60_000;

interface Known {
  readonly state: string;
  readonly folders: readonly string[];
  readonly interpreter: Interpreter;
}

/**
 * The packages of a Python, asked in a process of its own so that no script waits for it. Asked again only when one of the
 * folders that the interpreter searches has changed.
 */
export class Interpreters {
  readonly #known = new Map<string, Known>();

  /** Null where the program is no Python or does not answer. Only an absolute path is run: others would mean whatever the PATH or this folder holds. */
  async describe(executable: string): Promise<Interpreter | null> {
    if (!isAbsolute(executable)) return null;
    const known = this.#known.get(executable);
    if (known && known.state === (await stateOf(known.folders))) return known.interpreter;
    const said = await ask(executable);
    if (said === null) return null;
    const packages = Object.entries(said.packages).map(([name, version]) => ({ name, version }));
    packages.sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
    const interpreter = { executable, version: said.version, packages };
    this.#known.set(executable, { state: await stateOf(said.folders), folders: said.folders, interpreter });
    return interpreter;
  }
}

interface Said {
  readonly version: string;
  readonly folders: readonly string[];
  readonly packages: Readonly<Record<string, string>>;
}

function ask(executable: string): Promise<Said | null> {
  return new Promise((resolve) => {
    // -I: neither the folder of this process nor the environment decides what is found.
    execFile(executable, ["-I", "-c", PROGRAM], { timeout: LONGEST_MS, maxBuffer: 16 * 1024 * 1024, windowsHide: true }, (error, stdout) => {
      resolve(error ? null : parse(stdout));
    });
  });
}

function parse(stdout: string): Said | null {
  try {
    // SAFETY: our own program printed it.
    return JSON.parse(stdout) as Said;
  } catch {
    return null;
  }
}

async function stateOf(folders: readonly string[]): Promise<string> {
  const times = await Promise.all(folders.map((folder) => stat(folder).then((found) => found.mtimeMs, () => 0)));
  return times.join(" ");
}
