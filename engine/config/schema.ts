import Type, { type TSchema } from "typebox";

/**
 * What may stand in `touchstone.yaml`: the one source of its checks, completion, hover and of the published JSON Schema
 * (media/touchstone.schema.json). `x-expression` marks texts of the expression grammar and says over what they are;
 * `x-names` says which names completion offers for keys or values.
 */
export const ROLES = ["id", "label", "prediction", "probability", "score", "loss", "weight", "group", "split", "time", "feature", "tag", "ignore"] as const;
export const TASKS = ["binary", "multiclass", "regression"] as const;

const closed = { additionalProperties: false };
const direction = Type.Enum(["up", "down"], { description: "up: more is better. down: less is better." });
const note = Type.Optional(Type.String({ description: "What it is about, in a sentence." }));

const expression = (over: "runs" | "rows", description: string) => Type.String({ description, "x-expression": over });
const named = (value: TSchema, description: string, names?: "metrics" | "columns") => Type.Optional(Type.Record(Type.String(), value, { description, ...(names === undefined ? {} : { "x-names": names }) }));

const metric = Type.Union([
  direction,
  Type.Object(
    {
      direction: Type.Optional(direction),
      target: Type.Optional(Type.Number({ description: "The value to reach; drawn in curves, marked in tables." })),
    },
    closed,
  ),
]);

const rows = (what: string) =>
  Type.Union([
    expression("rows", `Rows for which it is true are ${what}, e.g. hours > 60 and age < 30.`),
    Type.Object({ where: expression("rows", `Rows for which it is true are ${what}.`), note }, closed),
  ]);

const role = Type.Enum([...ROLES], { description: "What the column means." });

export const configSchema = Type.Object(
  {
    metrics: named(metric, "Key metrics, most important first: which way is better, and the value to reach.", "metrics"),
    baseline: Type.Optional(
      Type.Union([Type.String({ description: "Id or name of the run that others are compared with." }), Type.Object({ where: expression("runs", "The newest run for which it is true is the baseline.") }, closed)], {
        description: "The run that others are compared with.",
      }),
    ),
    references: named(
      Type.Object({ metrics: Type.Record(Type.String(), Type.Number(), { description: "Values by metric.", "x-names": "metrics" }), note }, closed),
      "Rows of the runs table that no run made: published results, human level.",
    ),
    tags: named(rows("tagged"), "Tags over the rows of evaluated files, as expressions."),
    slices: named(rows("in the slice"), "Slices of evaluated files to look at always, as expressions."),
    mappings: named(
      Type.Object(
        {
          task: Type.Optional(Type.Enum([...TASKS], { description: "What is predicted." })),
          positive: Type.Optional(Type.String({ description: "The class that precision and recall are about in a binary task." })),
          columns: Type.Record(Type.String(), Type.Union([role, Type.Object({ role, classes: Type.Optional(Type.Array(Type.String(), { description: "The class whose probability it is; for a list column all classes in order." })) }, closed)]), {
            description: "What each column means.",
          }),
        },
        closed,
      ),
      "Roles of columns by file, relative to this file; * stands for part of a name, ** for folders.",
    ),
    views: named(
      Type.Object(
        {
          columns: Type.Optional(Type.Array(Type.String({ "x-names": "columns" }), { description: "Columns in their order: metrics.val_f1, params.lr, status." })),
          sort: Type.Optional(Type.Array(Type.String({ "x-names": "columns" }), { description: "Columns to sort by; -metrics.val_f1 sorts from the largest down." })),
          filter: Type.Optional(expression("runs", "Only runs for which it is true, e.g. metrics.val_f1 > .9.")),
          group: Type.Optional(
            Type.Union([Type.String({ description: "The column to group runs by, e.g. params.model; seeds puts the seeds of a configuration together.", "x-names": "columns" }), Type.Array(Type.String({ "x-names": "columns" }), { description: "Columns to group runs by." })], {
              description: "What runs are grouped by: seeds, a column, or several.",
            }),
          ),
        },
        closed,
      ),
      "Named views of the runs table.",
    ),
  },
  { ...closed, $schema: "http://json-schema.org/draft-07/schema#", title: "touchstone.yaml", description: "What a project says about its metrics, runs and rows. Touchstone writes here too, keeping comments and order." },
);

/** The published schema as text; media/touchstone.schema.json holds exactly this. */
export function publishedSchema(): string {
  return `${JSON.stringify(configSchema, null, 2)}\n`;
}
