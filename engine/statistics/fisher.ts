import gammaln from "@stdlib/math-base-special-gammaln";

/**
 * Fisher's exact test of [[a, b], [c, d]], two-sided: the probability, with the margins fixed, of all tables that
 * are no likelier than this one (R's and SciPy's definition, with their relative tolerance for ties).
 */
export function fisherExact(a: number, b: number, c: number, d: number): number {
  const row = a + b;
  const column = a + c;
  const n = a + b + c + d;
  const fixed = gammaln(row + 1) + gammaln(n - row + 1) + gammaln(column + 1) + gammaln(n - column + 1) - gammaln(n + 1);
  const log = (x: number) => fixed - gammaln(x + 1) - gammaln(row - x + 1) - gammaln(column - x + 1) - gammaln(n - row - column + x + 1);
  const from = Math.max(0, row + column - n);
  const to = Math.min(row, column);
  const limit = log(a) + 1e-7;
  let p = 0;
  for (let x = from; x <= to; x++) {
    const mass = log(x);
    if (mass <= limit) p += Math.exp(mass);
  }
  return Math.min(1, p);
}
