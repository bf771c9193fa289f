/** What seeds that see this peer come from somewhere agree on. */
export type ObservedHost =
  | { readonly kind: "agreed"; readonly host: string }
  /** Others may still tip the balance. */
  | { readonly kind: "open" }
  /** Whatever the others say, no host will have a quorum. */
  | { readonly kind: "disagreed" };

/**
 * The host that `quorum` seeds name.
 * @param hosts what each linked seed named: one a seed.
 * @param silent how many seeds have not been heard.
 */
export function observedHost(hosts: readonly string[], quorum: number, silent: number): ObservedHost {
  const counts = new Map<string, number>();
  for (const host of hosts) counts.set(host, (counts.get(host) ?? 0) + 1);
  const [best] = [...counts].toSorted(([, a], [, b]) => b - a);
  const [host, count] = best ?? ["", 0];
  if (count >= quorum) return { kind: "agreed", host };
  return { kind: count + silent >= quorum ? "open" : "disagreed" };
}
