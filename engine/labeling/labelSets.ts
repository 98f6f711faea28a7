import { access, mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { LabelAgreement, LabelSetRequest, LabelSetSummary, LabelStatus } from "../api/labeling.ts";
import { TouchstoneError, type Progress } from "../api/tokens.ts";
import { agreementOf } from "./agreementOf.ts";
import { AnnotatorName } from "./annotator.ts";
import { createSet, replaceFile } from "./create.ts";
import { labelRows, toCsv, toJsonLines, voteRows, type ExportRow } from "./export.ts";
import { LabelSet } from "./labelSet.ts";
import { addClassTo, setExportPath } from "./setEdit.ts";
import { Sources } from "./sources.ts";

/** The label sets of a folder: `labels/<set>/`. */
export class LabelSets {
  readonly annotator: AnnotatorName;
  readonly #folder: string;
  readonly #sources: Sources;
  readonly #sets = new Map<string, LabelSet>();
  /** The first reading of each set, so that what comes meanwhile waits for it. */
  readonly #first = new Map<string, Promise<LabelSet>>();

  /** `folder` holds `labels/` and `.touchstone/`. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#sources = new Sources(folder);
    this.annotator = new AnnotatorName(join(folder, ".touchstone"), folder);
  }

  /** Folders with a `labels.yaml`, by name. */
  async names(): Promise<readonly string[]> {
    const names = (await readdir(join(this.#folder, "labels")).catch(() => [])).filter((name) => !name.startsWith("."));
    const holds = await Promise.all(names.map((name) => access(join(this.#folder, "labels", name, "labels.yaml")).then(() => true, () => false)));
    return names.filter((_, index) => holds[index]).sort();
  }

  /** The set as it is on disk now. */
  async open(name: string): Promise<LabelSet> {
    const set = this.#set(name);
    await set.refresh(await this.annotator.get());
    return set;
  }

  /** The set as it was last read; for what follows one vote upon another. */
  current(name: string): Promise<LabelSet> {
    let first = this.#first.get(name);
    if (!first) {
      this.#first.set(name, (first = this.open(name)));
      first.catch(() => this.#first.delete(name));
    }
    return first;
  }

  async list(): Promise<readonly LabelSetSummary[]> {
    const summaries: LabelSetSummary[] = [];
    for (const name of await this.names()) {
      try {
        const set = await this.open(name);
        summaries.push({ set: name, name: set.definition.name, kind: set.definition.kind, progress: set.progress(), error: null });
      } catch (error) {
        summaries.push({ set: name, name, kind: "text", progress: null, error: error instanceof Error ? error.message : String(error) });
      }
    }
    return summaries;
  }

  async create(request: LabelSetRequest, signal: AbortSignal, progress: (p: Progress) => void): Promise<{ readonly set: string; readonly items: number }> {
    const { set } = await createSet(this.#folder, request, signal, progress);
    const opened = await this.open(set);
    return { set, items: opened.source.keys.length };
  }

  async addClass(name: string, className: string): Promise<LabelSet> {
    const set = await this.open(name);
    const wanted = className.trim();
    const { classes } = set.definition;
    if (wanted === "" || classes.some((one) => one.name === wanted)) {
      throw new TouchstoneError({ code: "LABEL_SET", message: wanted === "" ? "A class needs a name." : `There is a class ${wanted} already.` });
    }
    const file = join(set.dir, "labels.yaml");
    await replaceFile(file, addClassTo(await readFile(file, "utf8"), wanted, classes.map((one) => one.id)));
    return this.open(name);
  }

  /** Writes an export; the path is remembered in labels.yaml where it lies in the folder. */
  async export(name: string, what: "labels" | "votes", format: "csv" | "jsonl", path: string | undefined): Promise<{ readonly path: string; readonly rows: number }> {
    const set = await this.open(name);
    const rows = what === "votes" ? voteRows(set) : await labelRows(set);
    const target = resolve(this.#folder, path ?? join("labels", name, `${what}.${format}`));
    await mkdir(dirname(target), { recursive: true });
    await replaceFile(target, format === "csv" ? toCsv(rows, columnsOf(rows)) : toJsonLines(rows));
    const inside = relative(this.#folder, target).replaceAll("\\", "/");
    if (path !== undefined && what === "labels" && !inside.startsWith("../") && !isAbsolute(inside) && set.definition.exportPath !== inside) {
      const file = join(set.dir, "labels.yaml");
      await replaceFile(file, setExportPath(await readFile(file, "utf8"), inside));
    }
    return { path: target, rows: rows.length };
  }

  async status(name: string): Promise<LabelStatus> {
    const set = await this.open(name);
    const { tally } = set;
    return {
      set: name,
      name: set.definition.name,
      items: set.source.keys.length,
      answered: tally.answered,
      conflicts: tally.patterns.conflicts,
      classes: set.definition.classes.map((one) => ({ id: one.id, name: one.name, votes: tally.votesFor(one.id) })),
      annotators: tally.annotators.map((annotator) => ({ annotator, ...tally.annotator(annotator) })),
      problems: set.view().problems,
    };
  }

  async agreement(name: string): Promise<LabelAgreement> {
    const set = await this.open(name);
    return agreementOf(name, set.definition.classes, set.index, (item) => set.place(item) !== null);
  }

  close(): void {
    for (const name of this.#sets.keys()) this.#sources.close(name);
    this.#sets.clear();
    this.#first.clear();
  }

  #set(name: string): LabelSet {
    // The name becomes a path; what would leave `labels/` is no set.
    if (!/^[\p{L}\p{N}_ -][\p{L}\p{N}_. -]*$/u.test(name)) throw new TouchstoneError({ code: "LABEL_SET", message: `"${name}" is no name of a label set.` });
    let set = this.#sets.get(name);
    if (!set) this.#sets.set(name, (set = new LabelSet(name, join(this.#folder, "labels", name), this.#sources.open)));
    return set;
  }
}

function columnsOf(rows: readonly ExportRow[]): readonly string[] {
  return [...new Set(rows.slice(0, 1).flatMap((row) => Object.keys(row)))];
}
