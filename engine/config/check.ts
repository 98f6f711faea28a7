import { isAlias, isMap, isPair, isScalar, isSeq, type Document, type Node, parseDocument, type Pair, type Scalar } from "yaml";
import type { ConfigProblem } from "../api/config.ts";
import { bindPredicate } from "../expressions/bind.ts";
import { closest, ExpressionError } from "../expressions/problem.ts";
import { type KnownName, scopeOf } from "../expressions/scope.ts";
import { Places, writtenAt } from "./places.ts";
import { configShape, type Shape } from "./shape.ts";

/** Larger files are not `touchstone.yaml`. */
export const MAX_CONFIG = 1_000_000;

/** Names that are known where the file is checked: for "did you mean" and completion. */
export interface ConfigNames {
  /** Columns of the runs table. */
  readonly runs: readonly KnownName[];
  /** Columns of files that were evaluated. */
  readonly rows: readonly KnownName[];
}

export const noNames: ConfigNames = { runs: [], rows: [] };

/** The text as a YAML document, with what is wrong in it: syntax first, then what the schema and the expressions say. */
export function checkConfig(text: string, names: ConfigNames = noNames): { readonly document: Document.Parsed; readonly problems: readonly ConfigProblem[] } {
  const checker = new Checker(text, names);
  return { document: checker.document, problems: checker.run() };
}

class Checker {
  readonly document: Document.Parsed;
  readonly places: Places;
  readonly names: ConfigNames;
  readonly problems: ConfigProblem[] = [];

  constructor(text: string, names: ConfigNames) {
    this.places = new Places(text);
    this.names = names;
    this.document = parseDocument(text.length > MAX_CONFIG ? "" : text, { prettyErrors: false, merge: false });
  }

  run(): readonly ConfigProblem[] {
    const { text } = this.places;
    if (text.length > MAX_CONFIG) this.report([0, 1], `The file is larger than ${MAX_CONFIG / 1000} kB; it is not read.`);
    for (const { pos, message } of this.document.errors) this.report([pos[0], Math.max(pos[1], pos[0] + 1)], `This is not YAML: ${message}.`.replace(/\.\.$/, "."));
    if (this.document.errors.length > 0) return this.problems;
    const { contents } = this.document;
    if (contents !== null && !(isScalar(contents) && contents.value === null)) this.check(contents, configShape, "touchstone.yaml");
    return this.problems;
  }

  report([from, to]: readonly [number, number], message: string, replacement: string | null = null, severity: "error" | "warning" = "error"): void {
    const end = Math.min(Math.max(to, from), this.places.text.length);
    this.problems.push({ ...this.places.range(Math.min(from, end), end), severity, message, replacement });
  }

  check(node: Node | null, shape: Shape, what: string): void {
    const place = span(node);
    if (node === null || (isScalar(node) && node.value === null)) {
      this.report(place, `${what} has no value; ${wanted(shape)} must follow.`);
    } else if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (target !== undefined) this.check(target, shape, what);
    } else if (shape.is === "choice") {
      const option = shape.options.find((candidate) => fits(node, candidate));
      if (option === undefined) this.report(place, `${what} must be ${wanted(shape)}.`, nearest(node, shape));
      else this.check(node, option, what);
    } else if (!fits(node, shape)) {
      this.report(place, `${what} must be ${wanted(shape)}${shape.is === "text" && isScalar(node) ? "; put it in quotes" : ""}.`, nearest(node, shape));
    } else if (shape.is === "map" && isMap(node)) {
      this.checkMap(node.items, place, shape, what);
    } else if (shape.is === "list" && isSeq(node)) {
      for (const item of node.items) this.check(isNodeOrNull(item), shape.item, `An entry of ${what}`);
    } else if (shape.is === "text" && shape.expression !== null && isScalar(node)) {
      this.checkExpression(node, shape.expression);
    }
  }

  checkMap(pairs: readonly unknown[], place: readonly [number, number], shape: Shape & { readonly is: "map" }, what: string): void {
    const present = new Set<string>();
    for (const pair of pairs) {
      if (!isPair(pair)) continue;
      const [key, value, keyNode] = parts(pair);
      present.add(key);
      const child = shape.keys.get(key) ?? shape.any;
      const at = span(keyNode);
      if (child === null) {
        const near = closest(key, shape.keys.keys());
        const options = [...shape.keys.keys()].join(", ");
        this.report(at, `${what} has no \`${key}\`.${near === null ? ` It may hold ${options}.` : ` Did you mean ${near}?`}`, near);
        continue;
      }
      if (shape.names === "metrics") this.warnOfUnknownMetric(key, at);
      if (value === null || (isScalar(value) && value.value === null)) this.report(at, `\`${key}\` has no value; ${wanted(child)} must follow.`);
      else this.check(value, child, `\`${key}\``);
    }
    for (const key of shape.required) if (!present.has(key)) this.report(place, `${what} needs \`${key}\`.`);
  }

  /** Only where a metric of nearly this name is logged: a new project has logged nothing yet. */
  warnOfUnknownMetric(key: string, at: readonly [number, number]): void {
    const metrics = this.names.runs.filter((known) => known.entity === "metrics").map((known) => known.key);
    if (metrics.includes(key)) return;
    const near = closest(key, metrics);
    if (near !== null) this.report(at, `No run has logged \`${key}\`. Did you mean ${near}?`, near, "warning");
  }

  checkExpression(scalar: Scalar, over: "runs" | "rows"): void {
    const source = String(scalar.value);
    const offsets = writtenAt(this.places.text, scalar);
    const at = (offset: number): number => offsets[Math.min(offset, offsets.length - 1)] ?? 0;
    try {
      bindPredicate(source, scopeOf(this.names[over], true));
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      const { message, suggestion } = error;
      const hint = error.shape.hint === undefined ? "" : ` ${error.shape.hint}`;
      const from = at(error.offset);
      this.report([from, Math.max(at(error.offset + error.length), from)], `${message}${hint}`, suggestion?.text ?? null);
    }
  }
}

function fits(node: Node, shape: Shape): boolean {
  switch (shape.is) {
    case "map":
      return isMap(node);
    case "list":
      return isSeq(node);
    case "choice":
      return shape.options.some((option) => fits(node, option));
    case "word":
      return isScalar(node) && shape.words.includes(String(node.value));
    case "number":
      return isScalar(node) && typeof node.value === "number" && Number.isFinite(node.value);
    case "text":
      // An expression such as `noisy` or `true` may look like another type to YAML.
      return isScalar(node) && (typeof node.value === "string" || (shape.expression !== null && node.value !== null));
  }
}

function wanted(shape: Shape): string {
  switch (shape.is) {
    case "map":
      return shape.any === null ? `a map with ${[...shape.keys.keys()].join(", ")}` : "a map of names";
    case "list":
      return "a list";
    case "choice":
      return shape.options.map(wanted).join(", or ");
    case "word":
      return shape.words.length === 2 ? shape.words.join(" or ") : `one of ${shape.words.join(", ")}`;
    case "number":
      return "a number";
    case "text":
      return shape.expression === null ? "a text" : "an expression";
  }
}

/** The listed word closest to what was written. */
function nearest(node: Node, shape: Shape): string | null {
  const words = shape.is === "word" ? shape.words : shape.is === "choice" ? shape.options.flatMap((option) => (option.is === "word" ? option.words : [])) : [];
  return isScalar(node) ? closest(String(node.value), words) : null;
}

function parts(pair: Pair): readonly [string, Node | null, Node | null] {
  const key = isNodeOrNull(pair.key);
  return [isScalar(key) ? String(key.value) : "", isNodeOrNull(pair.value), key];
}

function isNodeOrNull(value: unknown): Node | null {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value : null;
}

function span(node: Node | null): readonly [number, number] {
  const [from = 0, to = from] = node?.range ?? [];
  return [from, to];
}
