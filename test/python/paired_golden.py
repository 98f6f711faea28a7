"""Writes test/fixtures/evaluation/paired.json: what SciPy and statsmodels say of differences between two models.

Needs scipy and statsmodels. Run from the repository's root.
"""

import json
import pathlib

import numpy as np
from scipy import stats
from statsmodels.stats import contingency_tables, proportion

rng = np.random.default_rng(4)


def mcnemar(b, c):
    return float(contingency_tables.mcnemar([[50, b], [c, 900]], exact=True).pvalue)


def newcombe(k1, n1, k2, n2):
    low, high = proportion.confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff")
    return [float(low), float(high)]


def bonett_price(b, c, n):
    """Bonett and Price 2012, equation 6: Wald on (b + 1, c + 1, n + 2). SciPy's quantile only; the rest by hand."""
    p, q = (b + 1) / (n + 2), (c + 1) / (n + 2)
    half = stats.norm.ppf(0.975) * np.sqrt((p + q - (p - q) ** 2) / (n + 2))
    return [float(p - q - half), float(p - q + half)]


def paired_t(n):
    a = rng.gamma(2, 1, n)
    b = a + rng.normal(0.1, 0.4, n)
    test = stats.ttest_rel(b, a)
    interval = test.confidence_interval(0.95)
    return {"a": a.tolist(), "b": b.tolist(), "p": float(test.pvalue), "interval": [float(interval.low), float(interval.high)]}


golden = {
    "mcnemar": [[b, c, mcnemar(b, c)] for b, c in [(0, 0), (0, 1), (3, 9), (7, 1), (40, 61), (839, 859), (5, 5)]],
    "newcombe": [[*args, *newcombe(*args)] for args in [(56, 70, 48, 80), (9, 10, 3, 10), (0, 20, 5, 30), (0, 10, 0, 20), (839, 6513, 882, 6400)]],
    "bonett_price": [[*args, *bonett_price(*args)] for args in [(1, 7, 21), (0, 0, 40), (40, 61, 6513), (12, 2, 50)]],
    "paired_t": paired_t(40),
}
pathlib.Path("test/fixtures/evaluation/paired.json").write_text(json.dumps(golden, indent=1) + "\n")
