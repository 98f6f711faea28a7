import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator } from "playwright-core";

/** What scikit-learn says of a predictions file of the sample project: the numbers that the panel must show. */
export interface Oracle {
  readonly n: number;
  readonly accuracy: number;
  readonly f1: number;
  readonly auc: number;
  readonly log_loss: number;
  readonly confusion: readonly (readonly number[])[];
}

const SCRIPT = `
import csv, json, sys
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, roc_auc_score
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
truth = [row["label"] for row in rows]
guess = [row["prediction"] for row in rows]
p = [float(row["p_>50K"]) for row in rows]
binary = [int(label == ">50K") for label in truth]
print(json.dumps({
    "n": len(rows), "accuracy": accuracy_score(truth, guess), "f1": f1_score(truth, guess, pos_label=">50K"),
    "auc": roc_auc_score(binary, p), "log_loss": log_loss(binary, p), "confusion": confusion_matrix(truth, guess).tolist(),
}))
`;

/** Asks the scikit-learn of the tests' own environment. */
export function askSklearn(file: string): Oracle {
  return JSON.parse(runPython(["-c", SCRIPT, file]));
}

/** Runs the Python of the tests' own environment, with scikit-learn, pandas and pyarrow, and returns what it prints. */
export function runPython(args: readonly string[], cwd?: string): string {
  const python = process.env["TOUCHSTONE_TEST_PYTHON"] ?? testPython();
  return execFileSync(python, args, { encoding: "utf8", ...(cwd === undefined ? {} : { cwd }) });
}

/** The tests' Python as `npm test` made it, for a journey that is run on its own. */
function testPython(): string {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(process.env["HOME"] ?? "", ".cache"), "touchstone", "venv");
  const [venv] = readdirSync(cache);
  if (venv === undefined) throw new Error("Run `npm test -- python` once: it makes the Python environment of the tests.");
  return join(cache, venv, "bin", "python");
}

/** The last value of a metric as each launch of the folder printed it, oldest launch first. */
export function lastPrinted(folder: string, key: string): readonly string[] {
  const launches = join(folder, ".touchstone", "launches");
  const logs = readdirSync(launches).sort().map((id) => readFileSync(join(launches, id, "log"), "utf8"));
  return logs.map((log) => [...log.matchAll(new RegExp(`${key}=([\\d.]+)`, "g"))].at(-1)?.[1] ?? "nothing printed");
}

/** Every vote that stands in a label set's files, in the order of their time. */
export function votesOf(folder: string, set: string): readonly { readonly item: string; readonly by: string }[] {
  const votes = join(folder, "labels", set, "votes");
  const files = readdirSync(votes, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".jsonl"));
  const lines = files.flatMap((name) => readFileSync(join(votes, name), "utf8").trimEnd().split("\n"));
  return lines.map((line) => JSON.parse(line)).sort((a, b) => a.at - b.at);
}

/**
 * The text of an element as it is read, shadow trees included; white space is folded, and thin spaces are taken out so
 * that numbers can be compared.
 */
export async function readText(locator: Locator): Promise<string> {
  const text = await locator.evaluate((element: Element) => {
    const read = (node: Node): string => {
      if (node instanceof HTMLSlotElement) return node.assignedNodes({ flatten: true }).map(read).join(" ");
      if (node instanceof Text) return node.data;
      if (!(node instanceof Element) || node.localName === "style") return "";
      return [...(node.shadowRoot ?? node).childNodes].map(read).join(" ");
    };
    return read(element);
  });
  return text.replaceAll(/[\u2009\u202f\u2060\u00a0]/g, "").replaceAll(/\s+/g, " ").trim();
}
