import type { Network } from "../network.ts";
import type { Findings } from "../violation.ts";

/** What the overlay must never do: look for more than m links of its own, or take more than its cap. */
export function watchOverlay(network: Network, m: number, cap: number, findings: Findings): void {
  for (const host of network.live) {
    const { owned, degree } = network.peer(host).overlay;
    if (owned > m) findings.add("nobody owns more than m links", `${host.name} owns ${owned}`, [host.name]);
    if (degree > cap)
      findings.add("nobody has more links than its cap", `${host.name} has ${degree}`, [host.name]);
  }
}
