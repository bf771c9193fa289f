/** B₂ⱼ/(2j)! of the Euler–Maclaurin formula, j = 1…7. */
const COEFFICIENTS = [
  1 / 12,
  -1 / 720,
  1 / 30_240,
  -1 / 1_209_600,
  1 / 47_900_160,
  -691 / 1_307_674_368_000,
  1 / 74_724_249_600,
];

/**
 * ln ζ(s, q), the logarithm of Hurwitz' zeta Σ (q + k)⁻ˢ over k = 0, 1, …: finite where ζ itself would underflow.
 * Exact to about 14 digits. `s` > 1, `q` > 0; work grows with `s`.
 */
export function logZeta(s: number, q: number): number {
  const start = Math.max(q, q + Math.ceil(10 + s - q));
  let sum = 0;
  for (let x = q; x < start; x++) sum += (q / x) ** s;
  return Math.log(sum + (q / start) ** s * remainder(s, start)) - s * Math.log(q);
}

/** The rest of the sum from `x` on, in units of its first term. */
function remainder(s: number, x: number): number {
  let sum = x / (s - 1) + 1 / 2;
  let factor = s / x;
  for (const [index, coefficient] of COEFFICIENTS.entries()) {
    sum += coefficient * factor;
    const next = s + 2 * index + 1;
    factor *= (next * (next + 1)) / (x * x);
  }
  return sum;
}
