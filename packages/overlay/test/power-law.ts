/**
 * How far degrees are from the exact law of Barabási–Albert, P(K ≤ k) = 1 − m(m+1)/((k+1)(k+2)): the largest
 * difference of the two distributions (Kolmogorov–Smirnov).
 */
export function distanceToLaw(degrees: readonly number[], m: number): number {
  let [below, distance] = [0, 0];
  for (let k = m; k <= Math.max(...degrees); k++) {
    below += degrees.filter((degree) => degree === k).length;
    distance = Math.max(
      distance,
      Math.abs(below / degrees.length - (1 - (m * (m + 1)) / ((k + 1) * (k + 2)))),
    );
  }
  return distance;
}

/** Exponent of a discrete power law by maximum likelihood, from the smallest x_min ≤ 10 that fits best (Clauset et al.). */
export function exponent(degrees: readonly number[]): number {
  const fits = Array.from({ length: 8 }, (_, index) => fit(degrees, index + 3));
  return fits.reduce((best, other) => (other.distance < best.distance ? other : best)).alpha;
}

function fit(
  degrees: readonly number[],
  xMin: number,
): { readonly alpha: number; readonly distance: number } {
  const tail = degrees.filter((degree) => degree >= xMin);
  const logs = tail.reduce((sum, degree) => sum + Math.log(degree), 0);
  let [alpha, best] = [0, Number.NEGATIVE_INFINITY];
  for (let guess = 1.8; guess < 6; guess += 0.02) {
    const likelihood = -tail.length * Math.log(zeta(guess, xMin)) - guess * logs;
    if (likelihood > best) [alpha, best] = [guess, likelihood];
  }
  let [model, distance] = [0, 0];
  for (let x = xMin; x <= Math.max(...tail); x++) {
    model += x ** -alpha / zeta(alpha, xMin);
    distance = Math.max(
      distance,
      Math.abs(model - tail.filter((degree) => degree <= x).length / tail.length),
    );
  }
  return { alpha, distance };
}

/** Hurwitz zeta: 200 terms, and an integral for the rest. */
function zeta(alpha: number, xMin: number): number {
  let sum = (xMin + 199.5) ** (1 - alpha) / (alpha - 1);
  for (let x = xMin; x < xMin + 200; x++) sum += x ** -alpha;
  return sum;
}
