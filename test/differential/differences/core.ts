import { calls, type Listed } from "../differences.ts";

const NO_5XX = "MLflow fails here with 500, which its client repeats for minutes; what will not change is refused with 400.";
const NOT_IGNORED = "MLflow stops reading a request at a value of a wrong type and goes on with what it has read by then; here the value is refused.";
const WORDS = "MLflow's words are those of its database.";

/** Experiments, runs and metrics. */
export const differences: readonly Listed[] = [
  ...calls("experiments: the default experiment", [1, 2], "The default experiment of a store has no moment at which it was made.", ["body.experiment.creation_time", "body.experiment.last_update_time"]),
  ...calls("experiments: renamed to a name that is taken", [3], WORDS, ["body.error_code", "body.message"]),
  ...calls("experiments: deleted with its runs, and restored", [7], NO_5XX, ["status"]),
  ...calls("experiments: restored with a run that was deleted before", [6], "A run that was deleted before its experiment stays deleted when that one comes back.", ["body.run.info.lifecycle_stage"]),
  ...calls("experiments: searches that are refused", [6, 7], NOT_IGNORED),
  ...calls("experiments: searches that are refused", [11], "Page tokens are opaque; why one is none is not said in their inner words.", ["body.message"]),
  ...calls("experiments: bodies that are none", [2], "A body that is no JSON is called so, instead of counting as empty.", ["body.message"]),
  ...calls("experiments: bodies that are none", [3], NO_5XX),
  ...calls("metrics: values that JSON has not: infinities", [5, 6], "Infinities are kept; MLflow's database makes them the greatest double."),
  ...calls("metrics: metrics that are refused", [11], NO_5XX),
  ...calls("metrics: whole numbers beyond 2^53", [4, 5, 6], "MLflow keeps an int64; here a step or a time beyond 2^53 is refused with the limit, for the charts' numbers would show another one."),
  ...calls("metrics: whole numbers beyond 2^53", [7], NOT_IGNORED),
  ...calls("metrics: a model that is not there", [3], "A value is not lost because the model it is said to be of is unknown; MLflow's database refuses it."),
  ...calls("metrics: histories that are refused or empty", [11], NOT_IGNORED),
  ...calls("runs: created with everything", [5], "Clients of MLflow 1 are served at /api/2.0/preview too."),
  ...calls("runs: searched", [10], "Clients of MLflow 1 are served at /api/2.0/preview too."),
  ...calls("runs: created with as little as possible", [2, 3], "A run without a start begins now, not in 1970.", ["body.run.info.start_time"]),
  ...calls("runs: created with as little as possible", [4, 5], "A run without an experiment belongs to the default one (of a launch: to the script's), as the Python client has it; MLflow's database refuses it."),
  ...calls("runs: updated", [7, 8], "A run that goes on has no end.", ["body.run_info.end_time", "body.run.info.end_time"]),
  ...calls("runs: updates that are refused", [6], NOT_IGNORED),
  ...calls("runs: searches that are refused", [12], NOT_IGNORED),
  ...calls("runs: the tag of the name taken away", [4], "A run that has a name says it in mlflow.runName: the Python client reads it there.", ["body.run.data.tags"]),
  ...calls("runs: inputs that are refused", [8, 15], "A data set without a name is none."),
];
