import gammaln from "@stdlib/math-base-special-gammaln";

/**
 * One draw from Binomial(n, p). Small means by inversion; large ones by transformed rejection
 * (Hörmann 1993, algorithm BTRS), which is exact and takes the same time for every n.
 */
export function binomialSample(n: number, p: number, random: () => number): number {
  if (n <= 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomialSample(n, 1 - p, random);
  return n * p < 10 ? byInversion(n, p, random) : byRejection(n, p, random);
}

function byInversion(n: number, p: number, random: () => number): number {
  const odds = p / (1 - p);
  let mass = Math.exp(n * Math.log1p(-p));
  let u = random();
  let k = 0;
  while (u > mass && k < n) {
    u -= mass;
    k++;
    mass *= (odds * (n - k + 1)) / k;
  }
  return k;
}

function byRejection(n: number, p: number, random: () => number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = n * p + 0.5;
  const vr = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * spread;
  const logOdds = Math.log(p / (1 - p));
  const mode = Math.floor((n + 1) * p);
  const atMode = gammaln(mode + 1) + gammaln(n - mode + 1);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + centre);
    if (us >= 0.07 && v <= vr) return k;
    if (k < 0 || k > n) continue;
    const bound = Math.log((v * alpha) / (a / (us * us) + b));
    if (bound <= atMode - gammaln(k + 1) - gammaln(n - k + 1) + (k - mode) * logOdds) return k;
  }
}
