/**
 * Decides whether a file gets lenses: it, or a local module that it imports, imports a known ML library.
 * Pure text work, so that a folder without training code starts nothing.
 */

const PYTHON_LIBRARIES = new Set(
  ("torch tensorflow keras sklearn xgboost lightgbm catboost jax flax transformers datasets accelerate lightning pytorch_lightning " +
    "fastai mlflow wandb tensorboard tensorboardX optuna ray statsmodels prophet gensim spacy timm diffusers peft sentence_transformers " +
    "detectron2 ultralytics mxnet paddle onnx onnxruntime openml imblearn skorch ignite trl evaluate dvclive aim comet_ml neptune trackio touchstone").split(" "),
);

const NODE_LIBRARIES = /^(@tensorflow\/tfjs(-[\w-]+)?|onnxruntime-(node|web)|brain\.js|ml-[\w-]+|@xenova\/transformers|@huggingface\/transformers|touchstone|synaptic|natural)$/;

export type ScriptLanguage = "python" | "javascript";

export function languageOf(path: string): ScriptLanguage | null {
  if (path.endsWith(".py")) return "python";
  return /\.(c|m)?(j|t)s$/.test(path) && !path.endsWith(".d.ts") ? "javascript" : null;
}

/** The modules that a Python source imports, as written: `a.b` for `import a.b`, `.x` for a relative one. */
export function pythonImports(text: string): readonly string[] {
  const found: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const from = /^\s*from\s+([.\w]+)\s+import\b/.exec(line);
    if (from?.[1] !== undefined) found.push(from[1]);
    const plain = /^\s*import\s+(.+?)(?:\s*#.*)?$/.exec(line);
    if (plain?.[1] !== undefined) found.push(...plain[1].split(",").map((part) => part.trim().split(/\s+/)[0] ?? ""));
  }
  return found.filter((name) => name !== "");
}

/** The modules that a JavaScript or TypeScript source imports or requires. */
export function nodeImports(text: string): readonly string[] {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["']([^"'\n]+)["']/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "").filter((name) => name !== "");
}

/** Paths, relative to the importing file's folder, that a local import may stand for; most likely first. */
export function localCandidates(language: ScriptLanguage, name: string): readonly string[] {
  if (language === "javascript") {
    if (!name.startsWith(".")) return [];
    return /\.\w+$/.test(name) ? [name] : [`${name}.js`, `${name}.ts`, `${name}.mjs`, `${name}/index.js`];
  }
  const dots = /^\.*/.exec(name)?.[0].length ?? 0;
  const path = name.slice(dots).replaceAll(".", "/");
  const up = dots > 1 ? "../".repeat(dots - 1) : "";
  return path === "" ? [`${up}__init__.py`] : [`${up}${path}.py`, `${up}${path}/__init__.py`];
}

function isLibrary(language: ScriptLanguage, name: string): boolean {
  return language === "python" ? PYTHON_LIBRARIES.has(name.split(".")[0] ?? "") : NODE_LIBRARIES.test(name);
}

/**
 * True where the source trains, evaluates or logs. `readLocal` gives the text of a file relative to the source's
 * folder, or null; it is asked for direct local imports only, at most twenty.
 */
export async function trainsModels(language: ScriptLanguage, text: string, readLocal: (path: string) => Promise<string | null>): Promise<boolean> {
  const importsOf = language === "python" ? pythonImports : nodeImports;
  const names = importsOf(text);
  if (names.some((name) => isLibrary(language, name))) return true;
  for (const name of names.slice(0, 20)) {
    for (const candidate of localCandidates(language, name)) {
      const local = await readLocal(candidate);
      if (local === null) continue;
      if (importsOf(local).some((imported) => isLibrary(language, imported))) return true;
      break;
    }
  }
  return false;
}

/** The 0-based line for the lenses: `if __name__ == "__main__":` in Python, else the first line that is code. */
export function entryLine(language: ScriptLanguage, text: string): number {
  const lines = text.split(/\r?\n/);
  if (language === "python") {
    const main = lines.findIndex((line) => /^if\s+__name__\s*==\s*["']__main__["']\s*:/.test(line));
    if (main >= 0) return main;
  }
  return 0;
}

/** A script is a file that does something when run: the main guard, or statements beside imports and definitions. */
export function isScript(language: ScriptLanguage, text: string): boolean {
  if (language === "javascript") return true;
  if (/^if\s+__name__\s*==/m.test(text)) return true;
  return text.split(/\r?\n/).some((line) => /^[A-Za-z_][\w.]*\s*(\(|\[|=[^=]|\+=|:\s*\w+\s*=)/.test(line) || /^(for|while|with)\b/.test(line));
}
