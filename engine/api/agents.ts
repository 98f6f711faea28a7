import { type TObject, type TSchema, Type } from "typebox";
import { request } from "./tokens.ts";

/** A tool for agents: one definition for VS Code's language models and for the MCP server. */
export interface AgentTool {
  /** MCP's name; VS Code's has `touchstone_` before it. */
  readonly name: string;
  readonly title: string;
  /** What it answers and when to use it, for the model. */
  readonly description: string;
  readonly input: TObject;
  /** It changes something, so the person is asked first. */
  readonly writes: boolean;
}

export interface AgentCall {
  readonly tool: string;
  /** Checked against the tool's schema by the engine. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Who asks, e.g. the MCP client's name: kept with what it writes. */
  readonly agent: string;
  /** Where relative paths and commands begin; absent: the store's folder. MCP gives the one of `--folder`. */
  readonly cwd?: string;
  /** The environment for a run that is started; no other tool is given it. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A call as its caller sends it: the environment, keys and all, goes along only where something is started. */
export function agentCall({ env, ...call }: AgentCall): AgentCall {
  return call.tool === "start_run" && env !== undefined ? { ...call, env } : call;
}

/** `text` is for the model: a few lines, with n and intervals. `data` holds the same for programs. */
export interface AgentAnswer {
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const run = (what: string) => Type.String({ description: `${what}: its id, or the first characters of it` });
const from = Type.Optional(Type.Integer({ minimum: 0, description: "how many to skip (the answer says what comes next)" }));
const limit = (most: number) => Type.Optional(Type.Integer({ minimum: 1, maximum: most, description: `at most so many (default 10, at most ${most})` }));
const filter = Type.Optional(Type.String({ description: "an expression, e.g. metrics.val_f1 > .9 and params.model = \"gbm\" and status = \"finished\"; also or, not, parentheses" }));
const script = Type.Optional(Type.String({ description: "only runs of this script, relative to the folder" }));
const predicate = Type.Object({
  feature: Type.String(),
  op: Type.Union([Type.Literal("="), Type.Literal("in"), Type.Literal("missing")]),
  value: Type.Union([Type.String(), Type.Tuple([Type.Union([Type.Number(), Type.Null()]), Type.Union([Type.Number(), Type.Null()])]), Type.Null()], { description: "of `=` a text, of `in` [low, high) with null for open" }),
});
const file = Type.String({ description: "a file of predictions (CSV, Parquet, JSONL), absolute or relative to the folder" });

function tool(name: string, title: string, description: string, properties: Record<string, TSchema>, writes = false): AgentTool {
  return { name, title, description, input: Type.Object(properties, { additionalProperties: false }), writes };
}

/** Every tool. Reading within the folder is free; what writes asks the person. */
export const agentTools: readonly AgentTool[] = [
  tool("search_runs", "Search runs", "Lists recorded training runs with their key metrics and the params that differ; filter and sort by any metric, param or tag.", {
    filter,
    script,
    sort: Type.Optional(Type.Array(Type.String(), { description: "columns, most significant first, e.g. [\"-metrics.val_f1\"]; - is descending (default: newest first)" })),
    columns: Type.Optional(Type.Array(Type.String(), { maxItems: 12, description: "what to show, e.g. [\"metrics.val_f1\", \"params.lr\"] (default: key metrics and params that vary)" })),
    limit: limit(50),
    from,
  }),
  tool("get_run", "Get a run", "One run: how it went, its params, metrics (last, range, number of points), inputs, outputs, code state, and the exception of one that failed.", { run: run("the run") }),
  tool("what_changed", "What changed", "Compares a run with an earlier one (default: the run of the same script before it): what is better, and which params, code, data and packages differ.", { run: run("the run"), against: Type.Optional(run("the run to compare with")) }),
  tool("best_run", "Best run and why", "Which configuration is best by the key metric (mean over seeds, with the interval of its lead), and what tells it from the next one.", {
    filter,
    script,
    metric: Type.Optional(Type.String({ description: "a metric's name (default: the project's key metric)" })),
  }),
  tool("run_metrics", "Metrics of a run", "The metrics of a run; with `key` its curve as a few points that keep the extremes.", {
    run: run("the run"),
    key: Type.Optional(Type.String({ description: "a metric's name" })),
    points: Type.Optional(Type.Integer({ minimum: 2, maximum: 200, description: "at most so many points (default 20)" })),
    from,
  }),
  tool("evaluate_file", "Evaluate predictions", "Evaluates a file of predictions: metrics with n and 95 % intervals, the baseline's value beside each, per-class results or tags. Remembers the meaning of columns.", { file }),
  tool("worst_slices", "Worst slices", "Where the predictions of a file fail: groups of rows with a higher error, with n, error rate, interval and q-value.", { file, limit: limit(50), from }),
  tool("slice_rows", "Rows of a slice", "Rows of a file of predictions, worst first; of one slice where `slice` gives its predicates (as worst_slices lists them).", {
    file,
    slice: Type.Optional(Type.Array(predicate, { maxItems: 4 })),
    wrong: Type.Optional(Type.Boolean({ description: "only rows that were predicted wrong" })),
    limit: limit(50),
    from,
  }),
  tool("label_queue", "Label queue", "Label sets and how far they are; with `set` the items that wait for a person's answer, with the classes to suggest from.", {
    set: Type.Optional(Type.String({ description: "the folder's name under labels/" })),
    limit: limit(20),
    after: Type.Optional(Type.Integer({ minimum: 0, description: "the place of the item after which to go on" })),
  }),
  tool("start_run", "Start a run", "Starts a command tracked, e.g. [\"python\", \"train.py\", \"--lr\", \"0.1\"]; gives the run's id at once. Look at it later with get_run.", {
    command: Type.Array(Type.String(), { minItems: 1 }),
    name: Type.Optional(Type.String()),
  }, true),
  tool("tag_run", "Tag runs", "Sets tags on runs, or takes them away.", {
    runs: Type.Array(run("a run"), { minItems: 1, maxItems: 100 }),
    set: Type.Optional(Type.Record(Type.String(), Type.String())),
    remove: Type.Optional(Type.Array(Type.String())),
  }, true),
  tool("note_run", "Write a note on a run", "Replaces the note of a run, or adds to it.", { run: run("the run"), note: Type.String(), add: Type.Optional(Type.Boolean({ description: "append to what stands there" })) }, true),
  tool("suggest_label", "Suggest labels", "Suggests answers for items of a label set. A person sees the suggestion and decides: it never counts as a vote.", {
    set: Type.String(),
    suggestions: Type.Array(
      Type.Object({
        item: Type.String({ description: "the item's key" }),
        class: Type.String({ description: "a class's name" }),
        score: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
        reason: Type.Optional(Type.String({ maxLength: 300 })),
      }),
      { minItems: 1, maxItems: 100 },
    ),
  }, true),
];

/** Runs a tool. Throws `AGENT_TOOL` for an unknown one or wrong input; the engine does not ask, its callers do. */
export const agentsCall = request<AgentCall, AgentAnswer>("agents/call");
/** What a person is asked before a tool writes, or reads a file outside of the store's folder; null for what is free. */
export const agentsQuestion = request<AgentCall, { readonly question: string | null }>("agents/question");
