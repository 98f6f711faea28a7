import type { Finding } from "./finding.ts";
import { EPOCH_WORDS, mayBeMetric, STEP_WORDS } from "./words.ts";
import { NUMBER, numberOf } from "./values.ts";

const CELL = new RegExp(`^(?:${NUMBER}%?)$`);
const MOST_COLUMNS = 40;

interface Header {
  readonly names: readonly string[];
  /** The column that counts, and whether in epochs. */
  readonly counter: number;
  readonly isEpoch: boolean;
}

/**
 * Tables whose columns are apart by blanks, as fastai, spaCy, scikit-learn and Ultralytics print them: a header that begins with an
 * epoch or iteration, then rows of numbers. And boxes of `| name | value |` rows, as Stable-Baselines3 prints them.
 */
export class Tables {
  #header: Header | null = null;
  #classes: readonly string[] | null = null;
  #box: { readonly group: string; readonly values: { key: string; value: number }[] } | null = null;
  /** Rows may be missing for so many lines before the header is forgotten. */
  #age = 0;

  /** `taken`: the line belongs to a table and is nothing else. */
  read(text: string): { taken: boolean; finding: Finding | null } {
    const box = this.#readBox(text);
    if (box !== null) return box;
    const header = readHeader(text);
    if (header !== null) {
      this.#header = header;
      this.#age = 0;
      return { taken: true, finding: null };
    }
    const classes = /^\s*Class\s+Images\s+Instances\s+(.*?)(?::\s*\d+%.*)?$/.exec(text)?.[1];
    if (classes !== undefined) {
      this.#classes = classes.replace(/Box\(P/, "precision").replace(/\bR\b/, "recall").replaceAll(")", "").trim().split(/\s+/);
      return { taken: true, finding: null };
    }
    const all = /^\s*all\s+\d+\s+\d+\s+(.*)$/.exec(text)?.[1]?.trim().split(/\s+/);
    if (this.#classes !== null && all?.length === this.#classes.length) {
      const values = all.flatMap((cell, index) => (CELL.test(cell) ? [{ key: this.#classes?.[index] ?? "", value: numberOf(cell) }] : []));
      return { taken: true, finding: { epoch: null, step: null, values } };
    }
    return this.#readRow(text);
  }

  #readRow(text: string): { taken: boolean; finding: Finding | null } {
    const header = this.#header;
    if (header === null) return { taken: false, finding: null };
    if (/^[\s─-]+$/.test(text) && text.includes("--")) return { taken: true, finding: null };
    const cells = text.replace(/:\s+\d+%\|.*$/, "").trim().split(/\s+/);
    const counter = /^(\d+)(?:\/(\d+))?$/.exec(cells[header.counter] ?? "");
    const fits = cells.length === header.names.length && counter !== null && cells.filter((cell) => CELL.test(cell)).length >= 2;
    if (!fits) {
      if (++this.#age > 60) this.#header = null;
      return { taken: false, finding: null };
    }
    this.#age = 0;
    const values = cells.flatMap((cell, index) => {
      const key = header.names[index] ?? "";
      return index > 0 && index !== header.counter && CELL.test(cell) && mayBeMetric(key) && key !== "#" ? [{ key, value: numberOf(cell.replace("%", "")) }] : [];
    });
    const at = { at: Number(counter[1]), of: counter[2] === undefined ? null : Number(counter[2]) };
    return { taken: true, finding: { epoch: header.isEpoch ? at : null, step: header.isEpoch ? null : at, values } };
  }

  #readBox(text: string): { taken: boolean; finding: Finding | null } | null {
    if (/^-{10,}$/.test(text)) {
      const closed = this.#box;
      this.#box = closed === null ? { group: "", values: [] } : null;
      if (closed === null || closed.values.length === 0) {
        this.#box = { group: "", values: [] };
        return null;
      }
      const named = (name: string): { key: string; value: number } | undefined => closed.values.find(({ key }) => key === name || key.endsWith(`/${name}`));
      const step = named("total_timesteps") ?? named("timesteps") ?? named("step") ?? named("iterations");
      if (step === undefined) return { taken: true, finding: null };
      const values = closed.values.filter((found) => found !== step && !found.key.startsWith("time/") && mayBeMetric(found.key));
      return { taken: true, finding: { epoch: null, step: { at: step.value, of: null }, values } };
    }
    if (this.#box === null) return null;
    const row = /^\|(\s+)([\w./ -]+?)\s*\|\s*([^|]*?)\s*\|$/.exec(text);
    if (row === null) {
      this.#box = null;
      return null;
    }
    const name = row[2] ?? "";
    if (name.endsWith("/") && row[3] === "") this.#box = { group: name, values: this.#box.values };
    else if (CELL.test(row[3] ?? "")) this.#box.values.push({ key: (row[1]?.length ?? 0) > 1 ? this.#box.group + name : name, value: numberOf(row[3] ?? "") });
    return { taken: true, finding: null };
  }
}

function readHeader(text: string): Header | null {
  if (!/^\s*(?:epochs?|e|iter(?:ation)?|round|step)\s/i.test(text) || /[.,:;=|()]/.test(text.replace(/\([^()\s]*\)/g, ""))) return null;
  // Two blanks part columns; where all names are single words one is enough.
  const byTwo = text.trim().split(/\s{2,}|\t/);
  const names = (byTwo.length >= 3 ? byTwo : text.trim().split(/\s+/)).map((name) => name.replaceAll(" ", "_"));
  if (names.length < 3 || names.length > MOST_COLUMNS || names.some((name) => /^\d/.test(name))) return null;
  // A sentence that begins with "Step" is no header: columns are aligned by more than one blank somewhere.
  if (byTwo.length < 3) return null;
  const number = names.indexOf("#");
  const first = (names[0] ?? "").toLowerCase();
  if (number > 0) return { names, counter: number, isEpoch: false };
  return { names, counter: 0, isEpoch: first === "e" || EPOCH_WORDS.has(first) || first === "epochs" || !STEP_WORDS.has(first) };
}
