import type { Host } from "@p2p/sim";
import { FAULTS, type Strike, strikeText } from "./fault.ts";
import type { GroundTruth } from "./ground-truth.ts";
import type { Network } from "./network.ts";
import type { TrialObserver } from "./observer.ts";

/** Deals strikes to a network when they are due, ends them, and keeps the record of who could talk to whom. */
export class Misfortunes {
  readonly #network: Network;
  readonly #truth: GroundTruth;
  readonly #observers: readonly TrialObserver[];
  /** Strikes that have begun and not ended. */
  readonly #open = new Set<Strike>();

  constructor(network: Network, truth: GroundTruth, observers: readonly TrialObserver[]) {
    this.#network = network;
    this.#truth = truth;
    this.#observers = observers;
  }

  /** Will deal them, each at its time from now. */
  order(strikes: readonly Strike[]): void {
    for (const strike of strikes) this.#network.world.after(strike.atMs, () => this.#begin(strike));
  }

  /** Ends all that goes on. What a plan has of bad weather all the time is trouble, too. */
  heal(): void {
    for (const strike of this.#open) this.#end(strike); // a set bears being emptied on the way
    this.#network.world.weather({ loss: 0 });
    this.#truth.changed();
  }

  #begin(strike: Strike): void {
    const { world } = this.#network;
    world.log(strikeText(strike));
    for (const observer of this.#observers) observer.struck?.(strike);
    if (strike.fault === "restart") this.#each(strike, (host) => this.#truth.overlook(host));
    FAULTS[strike.fault].begin(this.#network, strike);
    this.#truth.changed();
    if (strike.forMs === 0) return;
    this.#open.add(strike);
    world.after(strike.forMs, () => this.#end(strike));
  }

  #end(strike: Strike): void {
    if (!this.#open.delete(strike)) return;
    this.#network.world.log(`end of ${strike.fault} ${strike.hosts.join(", ")}`);
    for (const observer of this.#observers) observer.mended?.(strike);
    FAULTS[strike.fault].end(this.#network, strike);
    this.#each(strike, (host) => this.#truth.notice(host));
    this.#truth.changed();
  }

  #each({ hosts }: Strike, act: (host: Host) => void): void {
    for (const name of hosts) act(this.#network.world.hosts.get(name) as Host);
  }
}
