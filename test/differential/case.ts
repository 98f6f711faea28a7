/** One call of a case, as both servers get it. Texts in it may name kept values (`$run`) and new names (`$new:exp`). */
export interface Call {
  readonly method: string;
  /** As in `engine/mlflow/route.ts`: relative to `/api/2.0/mlflow/`, or to `/api/3.0/mlflow/` where it begins with `3.0/`; from the root where it begins with `/`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>>;
  /** JSON. */
  readonly body?: unknown;
  /** What is no JSON, or broken: sent as it is, with the `content-type` of `headers`. */
  readonly raw?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the answer's values are kept for later calls: name → path in the answer, e.g. `{ run: "run.info.run_id" }`. */
  readonly keep?: Readonly<Record<string, string>>;
  /** Headers of the answer that are compared too, in lower case. */
  readonly compareHeaders?: readonly string[];
}

/** Calls in a row, and the name that `differences.ts` lists them by. */
export interface Case {
  readonly name: string;
  readonly calls: readonly Call[];
}

type More = Omit<Call, "method" | "path" | "query" | "body">;

export const get = (path: string, query: Readonly<Record<string, unknown>> = {}, more: More = {}): Call => ({ method: "GET", path, query, ...more });
export const post = (path: string, body: unknown = {}, more: More = {}): Call => ({ method: "POST", path, body, ...more });
export const patch = (path: string, body: unknown = {}, more: More = {}): Call => ({ method: "PATCH", path, body, ...more });
export const del = (path: string, body: unknown = {}, more: More = {}): Call => ({ method: "DELETE", path, body, ...more });

/** A new experiment; its id is `$exp`. */
export const anExperiment: readonly Call[] = [post("experiments/create", { name: "$new:experiment" }, { keep: { exp: "experiment_id" } })];

/** A new experiment with a run in it; their ids are `$exp` and `$run`. */
export const aRun: readonly Call[] = [
  ...anExperiment,
  post("runs/create", { experiment_id: "$exp", start_time: 1_700_000_000_000, run_name: "first" }, { keep: { run: "run.info.run_id" } }),
];

/** What a case's texts stand for, on one side. */
export class Names {
  readonly #kept = new Map<string, string>();
  readonly #suffix: string;

  /** `suffix`: what makes new names new; the same on both sides. */
  constructor(suffix: string) {
    this.#suffix = suffix;
  }

  keep(name: string, value: string): void {
    this.#kept.set(name, value);
  }

  /** Kept values with their names, the longest first. */
  get kept(): readonly (readonly [name: string, value: string])[] {
    return [...this.#kept].sort(([, a], [, b]) => b.length - a.length);
  }

  /** A value with every `$name` and `$new:name` replaced; `$$` is a dollar. */
  filled<T>(value: T): T;
  filled(value: unknown): unknown {
    if (typeof value === "string") return this.#text(value);
    if (Array.isArray(value)) return value.map((item: unknown) => this.filled(item));
    if (value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.#text(key), this.filled(item)]));
  }

  #text(text: string): string {
    return text.replaceAll(/\$(\$|new:\w+|\w+)/g, (_, word: string) => {
      if (word === "$") return "$";
      if (word.startsWith("new:")) return `${word.slice(4)}-${this.#suffix}`;
      const value = this.#kept.get(word);
      if (value === undefined) throw new Error(`$${word} was not kept by an earlier call of this case.`);
      return value;
    });
  }
}
