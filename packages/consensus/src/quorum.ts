/**
 * How many of `n` votes decide, when up to `f` voters may vote for everything: q = ⌈(n+f+1)/2⌉. Two sets of q share
 * more than f voters, so at least one of those is honest; with f = 0 this is the plain majority ⌊n/2⌋+1.
 * @param n voters, ≥ 1.
 * @param f Byzantine voters to tolerate, with n ≥ 3f+1 or q might never be reached; see {@link seatsFor}.
 */
export function quorumOf(n: number, f: number): number {
  return Math.ceil((n + f + 1) / 2);
}

/** Fewest voters among which `f` Byzantine ones can be tolerated: 3f+1. */
export function seatsFor(f: number): number {
  return 3 * f + 1;
}

/** With how many of `n` seeds a peer registers: ⌊n/2⌋+1. They relay, so one honest one among them is enough. */
export function registrarsOf(n: number): number {
  return Math.floor(n / 2) + 1;
}

/** How many voters can stop a decision by not voting: n−q+1. That many correct ones who hear a peer keep it. */
export function blockersOf(n: number, f: number): number {
  return n - quorumOf(n, f) + 1;
}

/**
 * After how many votes against it a living peer registers again: q − max(f, 1). One vote fewer than the certificate
 * needs, and f fewer when f seeds may add theirs unseen.
 */
export function bumpersOf(n: number, f: number): number {
  return quorumOf(n, f) - Math.max(f, 1);
}
