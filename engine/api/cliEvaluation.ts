import Type, { type Static } from "typebox";
import { answer, estimate, nullable } from "./cli.ts";

const closed = { additionalProperties: false };
const predicate = Type.Object(
  { feature: Type.String(), op: Type.Enum(["=", "in", "missing"]), value: Type.Union([Type.String(), Type.Null(), Type.Tuple([nullable(Type.Number()), nullable(Type.Number())])]) },
  closed,
);

/** What `touchstone evaluate FILE --json` prints. `errors` of a tag is the sum of the losses for a regression. */
export const evaluateAnswer = answer({
  evaluationId: Type.String(),
  path: Type.String(),
  task: Type.Enum(["binary", "multiclass", "regression"]),
  n: Type.Number(),
  mapping: Type.Object(
    {
      task: Type.Enum(["binary", "multiclass", "regression"]),
      positive: nullable(Type.String()),
      columns: Type.Array(Type.Object({ column: Type.String(), role: Type.String(), classes: Type.Optional(Type.Array(Type.String())) }, closed)),
    },
    closed,
  ),
  metrics: Type.Record(Type.String(), estimate),
  /** The same metrics of always answering the most frequent class, or the mean. */
  baseline: Type.Record(Type.String(), nullable(Type.Number())),
  perClass: Type.Array(Type.Object({ label: Type.String(), n: Type.Number(), predicted: Type.Number(), precision: estimate, recall: estimate, f1: estimate }, closed)),
  confusion: nullable(Type.Object({ labels: Type.Array(Type.String()), matrix: Type.Array(Type.Array(Type.Number())) }, closed)),
  tags: Type.Array(
    Type.Object(
      {
        tag: Type.String(),
        n: Type.Number(),
        errors: Type.Number(),
        dataShare: Type.Number(),
        errorShare: nullable(Type.Number()),
        rate: estimate,
        lift: nullable(Type.Number()),
        room: nullable(Type.Number()),
        q: nullable(Type.Number()),
        only: Type.Number(),
      },
      closed,
    ),
  ),
  answer: Type.String(),
  notes: Type.Array(Type.String()),
});
export type EvaluateAnswer = Static<typeof evaluateAnswer>;

/** What `touchstone slices FILE --json` prints, worst first; predicates are joined by "and". */
export const slicesAnswer = Type.Array(
  answer({
    predicates: Type.Array(predicate),
    size: Type.Number(),
    errors: Type.Number(),
    score: Type.Number(),
    rate: estimate,
    errorShare: Type.Number(),
    /** Benjamini–Hochberg over every slice of the search. */
    q: nullable(Type.Number()),
    heldOut: nullable(estimate),
    /** SHA-256 of the 0-based row numbers of the file, ascending, as little-endian 32-bit integers. */
    rowsDigest: Type.String(),
    equivalent: Type.Array(Type.Array(predicate)),
    overlap: Type.Number(),
  }),
);
export type SlicesAnswer = Static<typeof slicesAnswer>;

/** What `touchstone residuals FILE --json` prints. */
export const residualsAnswer = answer({
  n: Type.Number(),
  order: Type.String(),
  tests: Type.Array(Type.Object({ name: Type.String(), statistic: nullable(Type.Number()), p: nullable(Type.Number()), reading: Type.String(), verdict: Type.Enum(["passed", "look", "unknown"]) }, closed)),
  screening: Type.Array(Type.Object({ feature: Type.String(), association: Type.Number(), p: Type.Number(), q: Type.Number(), kind: Type.Enum(["numeric", "categorical"]) }, closed)),
  answer: Type.String(),
});
