/** Degrees beyond are not told apart: histograms end here. */
const DEGREE_MAX = 64;

/** How unequal some degrees are. */
export interface Inequality {
  /** ln of the mean less the mean of ln (Theil's mean logarithmic deviation): 0 when all are alike. At least 0. */
  readonly deviation: number;
  /** How many degrees there were. */
  readonly count: number;
}

/**
 * How unequal degrees are: of networks with the same mean degree those with larger hubs have more. All degrees tell it
 * together, so that chance moves it half as much, for what it tells, as the exponent of a fitted tail. `undefined` when
 * there are none.
 * @param counts how many have 1, 2, 3 … links; any non-negative numbers, fractions too.
 */
export function inequality(counts: readonly number[]): Inequality | undefined {
  let [count, sum, logs] = [0, 0, 0];
  for (const [index, many] of counts.entries()) {
    count += many;
    sum += many * (index + 1);
    logs += many * Math.log(index + 1);
  }
  return count > 0 ? { deviation: Math.log(sum / count) - logs / count, count } : undefined;
}

/** {@link inequality} of the exact law of Barabási and Albert, P(K ≥ k) = m(m+1)/(k(k+1)), as far as histograms go. */
export function inequalityOfLaw(m: number): number {
  const atLeast = (k: number): number => Math.min(1, (m * (m + 1)) / (k * (k + 1)));
  const counts = Array.from(
    { length: DEGREE_MAX },
    (_, index) => atLeast(index + 1) - (index + 1 < DEGREE_MAX ? atLeast(index + 2) : 0),
  );
  return inequality(counts)?.deviation ?? 0;
}
