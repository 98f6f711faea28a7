/** What words of a printed line mean. All in lower case. */

const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

/** Count how far a training is, in the units that a person would put on an axis. */
export const EPOCH_WORDS = set("epoch ep epochs_done");
export const STEP_WORDS = set("step global_step globalstep steps iter iteration iterations it update num_updates updates batch minibatch round episode episodes timestep timesteps total_timesteps trial train_step total_steps_done n_updates");

/** A name that ends in one of these measures something; needed where nothing else says so. */
const METRIC_WORDS = set(
  "loss losses acc accuracy error err f1 f1score fscore auc auroc auprc aucpr ap map map50 map50-95 mae mse rmse mape smape rmsle msle r2 r2score precision recall prec rec ppl perplexity bleu rouge rouge1 rouge2 rougel wer cer iou miou giou dice psnr ssim fid nll bce ce kl elbo logloss mlogloss merror entropy reward rewards return score bpb bpc likelihood norm lr rate top1 top5 acc1 acc5 ndcg mrr map@k specificity sensitivity kappa mcc cost objective fitness correlation spearman pearson hinge learn fbeta jaccard quantile tweedie poisson gamma deviance inertia l1 l2 metric mean",
);

/** Names that stand beside metrics and are none: times, sizes, counters, machine. */
const NO_METRIC = set(
  "time times timestamp date eta elapsed duration remaining seconds secs sec minutes wall clock runtime second ms data_time pid port rank local_rank world_size node gpu gpus device version v_num seed line file id ids size shape of total best_epoch epochs max_epochs num_epochs n_epochs total_epochs max_steps num_steps total_steps batch_size bs workers num_workers memory mem max_mem gpu_mem vram ram fps speed throughput tps images instances samples examples tokens flo flos total_flos it/s patience left num_samples num_tokens lines bytes count index idx fold worker thread",
);

/** Settings: a line of nothing else is a configuration, not a measurement. */
const SETTINGS = set(
  "lr learning_rate rate batch_size batchsize bs epochs num_epochs n_epochs seed dropout momentum weight_decay wd hidden hidden_size hidden_dim layers num_layers n_layers depth width heads num_heads temperature top_p top_k warmup warmup_steps max_length max_len beta beta1 beta2 gamma alpha eps epsilon lambda threshold patience num_classes n_estimators max_depth min_samples test_size train_size split ratio workers num_workers port timeout",
);

/** Words of sentences: where they stand beside numbers, somebody is telling, not logging. */
export const SENTENCE_WORDS = set(
  "the a an and or but if then than that this these those is are was were be been being has have had will would can could should may might must we you i he she they it's our your their its my us them not no yes so as by from to into onto at on in of for with without about after before between during until while when where which who whose what why how because since although however also only just very more most much many some any each every both all none there here please see note use using used run running set make let get add fix fixed update updated remove removed allow support default defaults see e.g i.e",
);

/** Words that may stand before the name of a metric and are no part of it. */
export const FILLERS = set("finished completed complete done summary result results metrics stats end set phase on evaluation-result report log info debug warning step epoch status progress current now and");

export const PHASES: Readonly<Record<string, string>> = {
  train: "train", training: "train", val: "val", valid: "val", validation: "val", validate: "val", validating: "val", test: "test", testing: "test", eval: "eval", evaluation: "eval", evaluate: "eval", dev: "dev",
};

function parts(name: string): string[] {
  return name.toLowerCase().split(/[\s_/.:]+|-(?=[a-z])/).filter((part) => part !== "");
}

/** True for a name that measures: `val_loss`, `train-rmse`, `Acc@1`, `coco/bbox_mAP`. */
export function isMetricName(name: string): boolean {
  const last = parts(name).at(-1) ?? "";
  return METRIC_WORDS.has(last) || METRIC_WORDS.has(last.replace(/(@.*|\d+)$/, "")) || METRIC_WORDS.has(name.toLowerCase());
}

/** False for times, counters, sizes and the like. */
export function mayBeMetric(name: string): boolean {
  const lower = name.toLowerCase();
  if (NO_METRIC.has(lower) || EPOCH_WORDS.has(lower) || STEP_WORDS.has(lower)) return false;
  const words = parts(name);
  return !NO_METRIC.has(words.at(-1) ?? "") && !words.some((word) => word === "time" || word === "eta" || word === "elapsed" || word === "runtime");
}

export function isSetting(name: string): boolean {
  return SETTINGS.has(name.toLowerCase().replaceAll("-", "_").replaceAll(" ", "_"));
}
