import type { Role } from "../api/evaluation.ts";

/** `Predicted Label`, `.pred_class`, `predictedLabel` → `predicted_label`, `pred_class`, `predicted_label`. */
export function plain(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/g, "");
}

/** Names that people and libraries give to columns, most certain first; compared in their plain form. */
const names: readonly (readonly [Role, readonly string[]])[] = [
  ["label", ["y_true", "ytrue", "true_label", "true_class", "ground_truth", "groundtruth", "gt", "truth", "actual", "actual_label", "actual_class", "gold", "gold_label", "target", "targets", "label", "labels", "obs", "observed", "expected", "y_test", "y_actual", "y", "class", "true", "true_value", "label_true", "reference", "answer"]],
  ["prediction", ["y_pred", "ypred", "y_hat", "yhat", "pred", "preds", "prediction", "predictions", "predicted", "predict", "predicted_label", "pred_label", "predicted_class", "pred_class", "predicted_value", "scored_labels", "fitted", "fitted_value", "forecast", "model_output", "output", "guess", "label_pred", "response"]],
  ["probability", ["probability", "probabilities", "proba", "probas", "prob", "probs", "y_prob", "y_proba", "softmax", "scored_probabilities", "predicted_probability", "pred_proba", "pred_prob", "p", "p1"]],
  ["score", ["score", "scores", "y_score", "logit", "decision", "decision_function", "anomaly_score"]],
  ["loss", ["loss", "losses", "nll", "cross_entropy", "log_loss", "sample_loss", "per_sample_loss"]],
  ["weight", ["weight", "weights", "sample_weight", "w", "row_weight"]],
  ["split", ["split", "partition", "subset", "data_split", "dataset_split", "fold", "cv_fold", "resample"]],
  ["group", ["group", "group_id", "query_id", "qid", "session_id", "patient_id", "subject_id"]],
  ["time", ["timestamp", "time", "datetime", "date", "ds", "created_at", "event_time"]],
  ["id", ["id", "ids", "row_id", "rowid", "index", "idx", "uid", "uuid", "guid", "sample_id", "example_id", "item_id", "doc_id", "image_id", "record_id", "key", "passenger_id", "filename", "file_name", "file", "path", "file_path", "image", "image_path", "url"]],
];

/** The role that a name alone suggests, and how certain it is (lower is more certain). */
export function roleByName(name: string): { readonly role: Role; readonly rank: number } | null {
  const text = plain(name);
  for (const [role, list] of names) {
    const rank = list.indexOf(text);
    if (rank >= 0) return { role, rank };
  }
  if (/^(tag|tags|is_tag)(_|$)/.test(text) || /^tag:/.test(name)) return { role: "tag", rank: 0 };
  if (/^predicted_/.test(text)) return { role: "prediction", rank: 50 };
  return null;
}

/** The class in `p_cat`, `prob(cat)`, `.pred_Yes`, `score_1`, `cat_probability`, `income_<=50K_scores`; null for other names. */
export function classInName(name: string): string | null {
  const before = /^\.?(?:p|pr|prob|proba|probs|probability|probabilities|score|scores|pred|prediction|y_prob|y_proba|softmax)(?:[_.: ]|(?=[([]))(.+)$/i.exec(name)?.[1];
  const after = /^(.+?)[_ .](?:prob|proba|probability|score|scores)$/i.exec(name)?.[1];
  const found = before ?? after ?? /^p(\d+)$/i.exec(name)?.[1];
  return found === undefined ? null : found.replace(/^[([](.*)[)\]]$/, "$1");
}
