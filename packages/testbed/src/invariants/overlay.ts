import type { Network } from "../network.ts";
import type { Observer } from "../observer.ts";

/** What the overlay must never do: look for more than m links of its own, or take more than its cap. */
export class OverlayWatch implements Observer {
  readonly #m: number;
  readonly #cap: number;

  constructor(m: number, cap: number) {
    this.#m = m;
    this.#cap = cap;
  }

  secondPassed(network: Network): void {
    const { findings, live } = network;
    for (const host of live) {
      const { name } = host;
      const { owned, degree } = network.peer(host).overlay;
      if (owned > this.#m) findings.add("nobody owns more than m links", `${name} owns ${owned}`, [name]);
      if (degree > this.#cap)
        findings.add("nobody has more links than its cap", `${name} has ${degree}`, [name]);
    }
  }
}
