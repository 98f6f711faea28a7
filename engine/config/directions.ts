import type { Direction } from "../api/runs.ts";

/** Words of a metric's name that say that less is better. The list is published in the README. */
export const downWords: readonly string[] = [
  "loss", "losses", "error", "err", "errors", "mse", "rmse", "mae", "mape", "smape", "wape", "mdape", "msle", "rmsle", "mase", "nrmse", "pinball",
  "nll", "perplexity", "ppl", "bpc", "bpb", "logloss", "crossentropy", "xent", "deviance", "hinge", "brier", "ece", "mce", "crps", "wer", "cer", "ter", "der", "eer", "fid", "kid", "lpips", "hausdorff", "fpr", "fnr", "regret",
];

/** Words that say that more is better. */
export const upWords: readonly string[] = [
  "accuracy", "acc", "f1", "fbeta", "auc", "auroc", "auprc", "rocauc", "prauc", "ap", "map", "mar", "r2", "precision", "recall", "sensitivity", "specificity", "tpr", "tnr", "ppv", "npv",
  "mcc", "kappa", "qwk", "gini", "ndcg", "mrr", "hits", "hit", "bleu", "sacrebleu", "rouge", "meteor", "chrf", "cider", "spice", "bertscore", "comet", "iou", "miou", "dice", "jaccard", "psnr", "ssim",
  "likelihood", "elbo", "variance", "correlation", "pearson", "spearman", "reward", "return", "winrate", "success",
];

/** `score` alone means more is better (scikit-learn's `training_score`); beside another word (`brier_score`) it says nothing. */
const neutral = "score";
const down = new Set(downWords);
const up = new Set(upWords);

/**
 * Which way a metric is better, by the words of its name; `unknown` where they say nothing or contradict each other.
 * The last word decides (`dice_loss` is a loss); `neg` and `negative` turn it round (scikit-learn's
 * `neg_mean_squared_error`). `explained_variance` counts, a bare `variance` does not.
 */
export function directionByName(key: string): Direction {
  if (key.startsWith("system/")) return "unknown";
  const words = wordsOf(key);
  const sides = words.map((word, index) => (word === "variance" && words[index - 1] !== "explained" ? "unknown" : side(word)));
  const named = sides.filter((found) => found !== "unknown");
  const meaningful = words.filter((word) => word !== neutral);
  const last = side(meaningful.at(-1) ?? "");
  const agreed = new Set(named).size === 1 ? named[0] : undefined;
  const found = agreed ?? (last !== "unknown" && named.length > 0 ? last : named.length === 0 && words.includes(neutral) ? "up" : "unknown");
  if (found === "unknown" || !words.some((word) => word === "neg" || word === "negative")) return found;
  return found === "up" ? "down" : "up";
}

/** The published list, in Markdown. */
export function directionTable(): string {
  const words = (list: readonly string[]): string => list.map((word) => `\`${word}\``).join(" ");
  return `| better | words |\n|---|---|\n| less | ${words(downWords)} |\n| more | ${words(upWords)} (\`variance\` only in \`explained_variance\`) |`;
}

function side(word: string): Direction {
  // `map50`, `rouge1`, `hits10`: the number belongs to the variant, unless the word is known with it (`f1`, `r2`).
  for (const candidate of [word, word.replace(/\d+$/, "")]) {
    if (down.has(candidate)) return "down";
    if (up.has(candidate)) return "up";
  }
  return "unknown";
}

/** `val/rocAUC@5` → val, roc, auc, 5. */
function wordsOf(key: string): readonly string[] {
  return key
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}
