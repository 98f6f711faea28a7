import { bindPredicate, bindValue, type Gives, type Node } from "./bind.ts";
import { both, either, firstPresent, present, truthOf } from "./combine.ts";
import { compareNumbers, compareText, compareWith, compareWithNumber } from "./compare.ts";
import type { Calculation } from "./functions.ts";
import { likeMatcher } from "./like.ts";
import { anyOf } from "./many.ts";
import { patternMatcher } from "./pattern.ts";
import type { ExpressionError } from "./problem.ts";
import type { At, Truth } from "./rows.ts";
import type { ColumnKind, Kind, Scope } from "./scope.ts";

/** A column in memory. Rows are numbered by its owner; null is missing, NaN is a value. A time is UTC ms. */
export type Column = ColumnKind &
  (
    | { readonly kind: "number" | "time"; readonly get: (row: number) => number | null; readonly many?: (row: number) => readonly number[] }
    | {
        readonly kind: "string" | "text";
        readonly get: (row: number) => string | null;
        /** Position of the row's value in a dictionary that only grows, −1 for missing: tests are then done once a value. */
        readonly code?: (row: number) => number;
        /** All values of a row, where it may have several: a test is true where it is for one of them. `get` gives the first. */
        readonly many?: (row: number) => readonly string[];
      }
    | { readonly kind: "boolean"; readonly get: (row: number) => boolean | null }
  );

export interface Predicate {
  /** True where the expression is true; false where it is false or unknown. */
  readonly test: (row: number) => boolean;
  /** Null where it is unknown. */
  readonly truth: (row: number) => boolean | null;
  readonly warnings: readonly ExpressionError[];
}

/**
 * Compiles a filter to closures over columns. Missing values follow SQL: a comparison with one is unknown,
 * `and`/`or`/`not` are Kleene's, a row passes only where the answer is true; `is null` asks for it. NaN is a
 * value: unequal to everything, in no order. Throws ExpressionError.
 */
export function compilePredicate(source: string, scope: Scope<Column>): Predicate {
  const bound = bindPredicate(source, scope);
  const truth = truthAt(bound.node);
  return { test: (row) => truth(row) === 1, truth: (row) => triState(truth(row)), warnings: bound.warnings };
}

/** Compiles an expression of any kind, such as a computed column. Throws ExpressionError. */
export function compileValue(source: string, scope: Scope<Column>): { readonly kind: Kind; readonly get: (row: number) => number | string | boolean | null } {
  const bound = bindValue(source, scope);
  return { kind: bound.kind, get: valueAt(bound.node) };
}

/** The rows from 0 to `count` for which the predicate is true, in order. */
export function matchingRows(predicate: Predicate, count: number): Uint32Array {
  const rows = new Uint32Array(count);
  let found = 0;
  for (let row = 0; row < count; row++) if (predicate.test(row)) rows[found++] = row;
  return rows.subarray(0, found);
}

function triState(truth: Truth): boolean | null {
  return truth === -1 ? null : truth === 1;
}

function valueAt(node: Node<Column>): At<number | string | boolean | null> {
  if (node.gives === "number") return numberAt(node);
  if (node.gives === "string") return stringAt(node);
  const truth = truthAt(node);
  return (row) => triState(truth(row));
}

function numberAt(node: Node<Column>): At<number | null> {
  if (node.op === "constant" && typeof node.value === "number") {
    const value = node.value;
    return () => value;
  }
  if (node.op === "column" && (node.column.kind === "number" || node.column.kind === "time")) return node.column.get;
  if (node.op === "if") return branch(node, numberAt);
  if (node.op === "coalesce") return firstPresent(node.operands.map(numberAt));
  if (node.op === "calculate") return calculatedNumber(node.calculation, node.args);
  throw mismatch(node, "number");
}

function calculatedNumber(calculation: Calculation, args: readonly Node<Column>[]): At<number | null> {
  if (calculation.shape === "n*>n") {
    const all = args.map(numberAt);
    return (row) => {
      const values: number[] = [];
      for (const at of all) {
        const value = at(row);
        if (value === null) return null;
        values.push(value);
      }
      return calculation.apply(values);
    };
  }
  const [first, second] = args;
  if (first !== undefined && calculation.shape === "n>n") return present(numberAt(first), calculation.apply);
  if (first !== undefined && calculation.shape === "s>n") return present(stringAt(first), calculation.apply);
  if (first !== undefined && second !== undefined && calculation.shape === "nn>n") {
    const [left, right] = [numberAt(first), numberAt(second)];
    return (row) => {
      const x = left(row);
      const y = right(row);
      return x === null || y === null ? null : calculation.apply(x, y);
    };
  }
  throw new Error(`A calculation of shape ${calculation.shape} gives no number.`);
}

function stringAt(node: Node<Column>): At<string | null> {
  if (node.op === "constant" && typeof node.value === "string") {
    const value = node.value;
    return () => value;
  }
  if (node.op === "column" && (node.column.kind === "string" || node.column.kind === "text")) return node.column.get;
  if (node.op === "if") return branch(node, stringAt);
  if (node.op === "coalesce") return firstPresent(node.operands.map(stringAt));
  const [argument] = node.op === "calculate" ? node.args : [];
  if (node.op === "calculate" && node.calculation.shape === "s>s" && argument !== undefined) return present(stringAt(argument), node.calculation.apply);
  throw mismatch(node, "string");
}

function truthAt(node: Node<Column>): At<Truth> {
  switch (node.op) {
    case "constant": {
      const truth: Truth = node.value === true ? 1 : 0;
      return () => truth;
    }
    case "column":
      if (node.column.kind !== "boolean") throw mismatch(node, "boolean");
      return truthOf(node.column.get, (value) => value);
    case "and":
    case "or":
      return node.operands.map(truthAt).reduce(node.op === "and" ? both : either);
    case "not": {
      const negatedTest = node.operand.op === "in" || node.operand.op === "like" ? anyOf(node, truthAt) : null;
      if (negatedTest !== null) return negatedTest;
      const inner = truthAt(node.operand);
      return (row) => {
        const truth = inner(row);
        return truth === -1 ? -1 : truth === 1 ? 0 : 1;
      };
    }
    case "isNull": {
      const value = valueAt(node.operand);
      return (row) => (value(row) === null ? 1 : 0);
    }
    case "if":
      return branch(node, truthAt);
    case "coalesce":
      return node.operands.map(truthAt).reduce((first, next) => (row) => {
        const truth = first(row);
        return truth === -1 ? next(row) : truth;
      });
    case "in": {
      const any = anyOf(node, truthAt);
      if (any !== null) return any;
      const values = new Set(node.values);
      const operand = valueAt(node.operand);
      return onceAValue(node.operand, truthOf(operand, (value) => values.has(value)));
    }
    case "like": {
      const any = anyOf(node, truthAt);
      if (any !== null) return any;
      const matches = node.regular ? (patternMatcher(node.pattern) ?? (() => false)) : likeMatcher(node.caseless ? node.pattern.toLowerCase() : node.pattern);
      const operand = stringAt(node.operand);
      return onceAValue(node.operand, truthOf(operand, node.caseless ? (text) => matches(text.toLowerCase()) : matches));
    }
    case "compare":
      return anyOf(node, truthAt) ?? comparison(node);
    case "calculate":
      return calculatedTruth(node.calculation, node.args);
  }
}

function calculatedTruth(calculation: Calculation, args: readonly Node<Column>[]): At<Truth> {
  const [first, second] = args;
  if (first !== undefined && calculation.shape === "n>b") return truthOf(numberAt(first), calculation.apply);
  if (first !== undefined && calculation.shape === "s>b") return truthOf(stringAt(first), calculation.apply);
  if (first !== undefined && second !== undefined && calculation.shape === "ss>b") {
    const [text, part] = [stringAt(first), stringAt(second)];
    return (row) => {
      const whole = text(row);
      const piece = part(row);
      return whole === null || piece === null ? -1 : calculation.apply(whole, piece) ? 1 : 0;
    };
  }
  throw new Error(`A calculation of shape ${calculation.shape} gives no truth.`);
}

function comparison(node: Node<Column> & { readonly op: "compare" }): At<Truth> {
  if (node.left.gives === "string") {
    const compared = compareWith(compareText[node.sign], stringAt(node.left), stringAt(node.right));
    return node.right.op === "constant" ? onceAValue(node.left, compared) : compared;
  }
  if (node.left.gives === "boolean") return compareWith(compareNumbers[node.sign], valueAt(node.left), valueAt(node.right));
  const right = node.right.op === "constant" ? node.right.value : null;
  const compared = typeof right === "number" ? compareWithNumber(node.sign, numberAt(node.left), right) : compareWith(compareNumbers[node.sign], numberAt(node.left), numberAt(node.right));
  return node.right.op === "constant" ? onceAValue(node.left, compared) : compared;
}

function branch<T>(node: Node<Column> & { readonly op: "if" }, compile: (node: Node<Column>) => At<T>): At<T> {
  const [test, then, otherwise] = [truthAt(node.test), compile(node.then), compile(node.otherwise)];
  return (row) => (test(row) === 1 ? then(row) : otherwise(row));
}

/** Remembers the answer for each value of a dictionary column, where the tested operand depends on nothing else. */
function onceAValue(operand: Node<Column>, truth: At<Truth>): At<Truth> {
  let node = operand;
  while (node.op === "calculate") {
    const [only, ...more] = node.args;
    if (only === undefined || more.length > 0) return truth;
    node = only;
  }
  if (node.op !== "column" || (node.column.kind !== "string" && node.column.kind !== "text") || node.column.code === undefined) return truth;
  const code = node.column.code;
  const answers: (Truth | undefined)[] = [];
  return (row) => {
    const at = code(row);
    return at < 0 ? -1 : (answers[at] ??= truth(row));
  };
}

function mismatch(node: Node<Column>, wanted: Gives): Error {
  return new Error(`A bound node ${node.op} gives ${node.gives}, not ${wanted}.`);
}
