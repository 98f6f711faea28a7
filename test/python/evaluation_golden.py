"""Writes test/fixtures/evaluation/golden.json: what scikit-learn, SciPy and statsmodels say.

Needs scikit-learn, statsmodels, scipy, pandas. Run from the repository's root.
"""

import json
import math
import pathlib
import warnings

import numpy as np
import pandas as pd
import scipy
import sklearn
import statsmodels.api as sm
import statsmodels
from scipy import stats
from sklearn import metrics
from statsmodels.nonparametric.smoothers_lowess import lowess
from statsmodels.stats import diagnostic, multitest, proportion, stattools

warnings.filterwarnings("ignore")
HERE = pathlib.Path("test/fixtures/evaluation")


def delong(truth, score):
    """By the definition of DeLong et al. 1988, all pairs, on the logit scale."""
    pos, neg = score[truth == 1], score[truth == 0]
    wins = (pos[:, None] > neg[None, :]) + 0.5 * (pos[:, None] == neg[None, :])
    auc = wins.mean()
    se = math.sqrt(wins.mean(1).var(ddof=1) / len(pos) + wins.mean(0).var(ddof=1) / len(neg))
    centre, half = math.log(auc / (1 - auc)), stats.norm.ppf(0.975) * se / (auc * (1 - auc))
    return [auc, 1 / (1 + math.exp(half - centre)), 1 / (1 + math.exp(-half - centre))]


def binary(frame):
    truth = (frame.truth == "Class1").astype(int).to_numpy()
    guess = (frame.predicted == "Class1").astype(int).to_numpy()
    p = frame.Class1.to_numpy()
    fpr, tpr, _ = metrics.roc_curve(truth, p, drop_intermediate=False)
    return {
        "confusion": metrics.confusion_matrix(frame.truth, frame.predicted).tolist(),
        "accuracy": metrics.accuracy_score(truth, guess),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, guess),
        "precision": metrics.precision_score(truth, guess),
        "recall": metrics.recall_score(truth, guess),
        "f1": metrics.f1_score(truth, guess),
        "mcc": metrics.matthews_corrcoef(truth, guess),
        "kappa": metrics.cohen_kappa_score(truth, guess),
        "auc": metrics.roc_auc_score(truth, p),
        "average_precision": metrics.average_precision_score(truth, p),
        "log_loss": metrics.log_loss(truth, p),
        "brier": metrics.brier_score_loss(truth, p),
        "delong": delong(truth, p),
        "wilson": list(proportion.proportion_confint(int((truth == guess).sum()), len(truth), method="wilson")),
        "roc_points": len(fpr),
        "roc_area_by_trapezoid": metrics.auc(fpr, tpr),
    }


def multiclass(frame):
    labels = sorted(frame.obs.unique())
    p = frame[labels].to_numpy()
    p = p / p.sum(1, keepdims=True)
    report = metrics.precision_recall_fscore_support(frame.obs, frame.pred, labels=labels)
    onehot = (frame.obs.to_numpy()[:, None] == np.array(labels)[None, :]).astype(float)
    return {
        "labels": labels,
        "confusion": metrics.confusion_matrix(frame.obs, frame.pred, labels=labels).tolist(),
        "accuracy": metrics.accuracy_score(frame.obs, frame.pred),
        "balanced_accuracy": metrics.balanced_accuracy_score(frame.obs, frame.pred),
        "macro_f1": metrics.f1_score(frame.obs, frame.pred, average="macro"),
        "macro_precision": metrics.precision_score(frame.obs, frame.pred, average="macro"),
        "macro_recall": metrics.recall_score(frame.obs, frame.pred, average="macro"),
        "weighted_f1": metrics.f1_score(frame.obs, frame.pred, average="weighted"),
        "mcc": metrics.matthews_corrcoef(frame.obs, frame.pred),
        "kappa": metrics.cohen_kappa_score(frame.obs, frame.pred),
        "auc_ovr": metrics.roc_auc_score(frame.obs, p, multi_class="ovr", labels=labels),
        "auc_ovo": metrics.roc_auc_score(frame.obs, p, multi_class="ovo", labels=labels),
        "log_loss": metrics.log_loss(frame.obs, p, labels=labels),
        "brier": float(((p - onehot) ** 2).sum(1).mean()),
        "per_class": [[*map(float, row)] for row in zip(*report)],
    }


def regression(data, slot):
    y = np.asarray(data.endog, float)
    x = sm.add_constant(np.asarray(data.exog, float))
    fit = sm.OLS(y, x).fit()
    e = fit.resid
    predicted = np.asarray(fit.fittedvalues)
    lm, lm_p, f, f_p = diagnostic.het_breuschpagan(e, x)
    jb, jb_p, skew, kurtosis = stattools.jarque_bera(e)
    lags = diagnostic.acorr_ljungbox(e, lags=[1, 4])
    on_prediction = sm.add_constant(predicted)
    bp2 = diagnostic.het_breuschpagan(e, on_prediction)
    white2 = diagnostic.het_white(e, on_prediction)
    fit_prediction = sm.OLS(e, on_prediction).fit()
    z = (predicted - predicted.mean()) / np.abs(predicted - predicted.mean()).max()
    bent = sm.OLS(e, sm.add_constant(np.column_stack([z, z**2, z**3]))).fit()
    f_reset = ((fit_prediction.ssr - bent.ssr) / 2) / (bent.ssr / bent.df_resid)
    result = {
        "y": y.tolist(),
        "x": np.asarray(data.exog, float).T.tolist(),
        "names": list(data.exog_name),
        "predicted": predicted.tolist(),
        "durbin_watson": stattools.durbin_watson(e),
        "breusch_pagan": [lm, lm_p, f, f_p],
        "breusch_pagan_prediction": [float(v) for v in bp2],
        "white_prediction": [float(v) for v in white2],
        "jarque_bera": [jb, jb_p, skew, kurtosis],
        "ljung_box": {str(k): [float(row.lb_stat), float(row.lb_pvalue)] for k, row in lags.iterrows()},
        "max_leverage": fit.get_influence().hat_matrix_diag.max(),
        "max_cook": fit.get_influence().cooks_distance[0].max(),
        "rmse": metrics.root_mean_squared_error(y, predicted),
        "mae": metrics.mean_absolute_error(y, predicted),
        "median_ae": metrics.median_absolute_error(y, predicted),
        "mape": metrics.mean_absolute_percentage_error(y, predicted),
        "r2": metrics.r2_score(y, predicted),
        "reset": f_reset,
    }
    if slot == "stackloss":
        result["white"] = [float(v) for v in diagnostic.het_white(e, x)]
    return result


def tests():
    rng = np.random.default_rng(7)
    a, b = rng.normal(0, 1, 20), rng.normal(0.4, 2, 31)
    p = np.array([0.001, 0.2, 0.04, 0.03, 0.6, 0.012])
    x = np.sort(rng.uniform(0, 10, 80))
    y = np.sin(x) + rng.normal(0, 0.2, 80)
    groups = rng.integers(0, 4, 120)
    values = rng.normal(0, 1, 120) + (groups == 2) * 0.8
    h, h_p = stats.kruskal(*[values[groups == g] for g in range(4)])
    z, z_p = proportion.proportions_ztest([30, 45], [100, 110])
    return {
        "normal_cdf": [[v, float(stats.norm.cdf(v))] for v in (-9.0, -1.5, 0.3, 4.0)],
        "t_two_sided": [[t, df, float(2 * stats.t.sf(abs(t), df))] for t, df in ((2.2, 10), (-0.4, 3), (30, 50))],
        "t_quantile": [[q, df, float(stats.t.ppf(q, df))] for q, df in ((0.975, 10), (0.025, 2.5), (0.9, 400))],
        "chi2_upper": [[v, df, float(stats.chi2.sf(v, df))] for v, df in ((3.2, 1), (50, 3), (400, 20))],
        "f_upper": [[v, d1, d2, float(stats.f.sf(v, d1, d2))] for v, d1, d2 in ((3.2, 2, 30), (80, 5, 1000), (0.2, 3, 7))],
        "wilson": [[k, n, *map(float, proportion.proportion_confint(k, n, method="wilson"))] for k, n in ((419, 500), (0, 12), (12, 12), (1, 3))],
        "fisher": [[t, float(stats.fisher_exact(t)[1])] for t in ([[3, 1], [1, 3]], [[0, 12], [8, 40]], [[2, 98], [11, 900]])],
        "two_proportions": [30, 100, 45, 110, float(z_p)],
        "welch": {"a": a.tolist(), "b": b.tolist(), "p": float(stats.ttest_ind(a, b, equal_var=False).pvalue)},
        "bh": {"p": p.tolist(), "q": multitest.multipletests(p, method="fdr_bh")[1].tolist()},
        "mean": {"values": a.tolist(), "interval": [float(v) for v in stats.t.interval(0.95, len(a) - 1, a.mean(), stats.sem(a))]},
        "lowess": {"x": x.tolist(), "y": y.tolist(), "smooth": lowess(y, x, frac=2 / 3, it=3, return_sorted=False).tolist(), "smooth_delta": lowess(y, x, frac=0.4, it=3, delta=0.5, return_sorted=False).tolist()},
        "kruskal": {"groups": groups.tolist(), "values": values.tolist(), "h": float(h), "p": float(h_p)},
        "quantiles": {"values": a.tolist(), "q": [[q, float(np.quantile(a, q))] for q in (0, 0.1, 0.5, 0.975, 1)]},
        "f_oneway": float(stats.f_oneway(*[values[groups == g] for g in range(4)]).pvalue),
    }


def weighted_binary(two, w):
    truth = (two.truth == "Class1").astype(int).to_numpy()
    guess = (two.predicted == "Class1").astype(int).to_numpy()
    p = two.Class1.to_numpy()
    by = {"sample_weight": w}
    return {
        "accuracy": metrics.accuracy_score(truth, guess, **by),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, guess, **by),
        "precision": metrics.precision_score(truth, guess, **by),
        "recall": metrics.recall_score(truth, guess, **by),
        "f1": metrics.f1_score(truth, guess, **by),
        "mcc": metrics.matthews_corrcoef(truth, guess, **by),
        "kappa": metrics.cohen_kappa_score(truth, guess, **by),
        "auc": metrics.roc_auc_score(truth, p, **by),
        "average_precision": metrics.average_precision_score(truth, p, **by),
        "log_loss": metrics.log_loss(truth, p, **by),
        "brier": metrics.brier_score_loss(truth, p, **by),
    }


def weighted(two, many, fit):
    """sample_weight of scikit-learn, with weights that the tests write into the same files."""
    v = np.arange(len(many)) % 3 + 1.0
    labels = sorted(many.obs.unique())
    q = many[labels].to_numpy()
    q = q / q.sum(1, keepdims=True)
    on = {"sample_weight": v}
    y, fitted = np.array(fit["y"]), np.array(fit["predicted"])
    u = {"sample_weight": np.arange(len(y)) % 4 + 0.5}
    return {
        "binary": weighted_binary(two, np.arange(len(two)) % 5 + 0.5),
        # The rows with the highest scores count nothing.
        "zero": weighted_binary(two, np.where(two.Class1 > 0.99, 0, np.arange(len(two)) % 5)),
        "multiclass": {
            "accuracy": metrics.accuracy_score(many.obs, many.pred, **on),
            "macro_f1": metrics.f1_score(many.obs, many.pred, average="macro", **on),
            "macro_precision": metrics.precision_score(many.obs, many.pred, average="macro", **on),
            "weighted_f1": metrics.f1_score(many.obs, many.pred, average="weighted", **on),
            "mcc": metrics.matthews_corrcoef(many.obs, many.pred, **on),
            "auc_ovr": metrics.roc_auc_score(many.obs, q, multi_class="ovr", labels=labels, **on),
            "log_loss": metrics.log_loss(many.obs, q, labels=labels, **on),
        },
        "regression": {
            "rmse": metrics.root_mean_squared_error(y, fitted, **u),
            "mae": metrics.mean_absolute_error(y, fitted, **u),
            "r2": metrics.r2_score(y, fitted, **u),
            "median_ae": metrics.median_absolute_error(y, fitted, **u),
            "mape": metrics.mean_absolute_percentage_error(y, fitted, **u),
        },
    }


golden = {
    "source": f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}, statsmodels {statsmodels.__version__}",
    "binary": binary(pd.read_csv(HERE / "two_class_example.csv")),
    "multiclass": multiclass(pd.read_csv(HERE / "hpc_cv.csv")),
    "longley": regression(sm.datasets.longley.load_pandas(), "longley"),
    "stackloss": regression(sm.datasets.stackloss.load_pandas(), "stackloss"),
    "tests": tests(),
}
golden["weighted"] = weighted(pd.read_csv(HERE / "two_class_example.csv"), pd.read_csv(HERE / "hpc_cv.csv"), golden["longley"])
(HERE / "golden.json").write_text(json.dumps(golden, indent=1, default=float) + "\n")
