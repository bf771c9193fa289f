import {
  chainOf,
  type JointCertificate,
  proposalOf,
  proposeConfiguration,
  signConfiguration,
} from "@p2p/consensus";
import type { Operators } from "@p2p/identity";
import { OperatorClient } from "@p2p/seed/client";
import type { Host } from "@p2p/sim";
import { Lobby } from "@p2p/wire";
import type { Network } from "./network.ts";

/** So long a seed that is none any more goes on running: it is to be seen that it votes for nothing. */
const LINGER_MS = 20_000;

/** A seed that is to be replaced, and what takes its place. */
interface Replacement {
  readonly old: Host;
  readonly joined: Host;
}

/** The operator of a network: changes its seeds, one change after the other, as `npm run operator -- change` does. */
export class Operator {
  /** How the seeds have changed, by this operator: what he gives to whoever starts. */
  changes: readonly JointCertificate[] = [];
  readonly #network: Network;
  readonly #host: Host;
  readonly #waiting: Replacement[] = [];
  #isBusy = false;

  /** @param host his machine; its key is his. */
  constructor(network: Network, host: Host) {
    this.#network = network;
    this.#host = host;
  }

  get operators(): Operators {
    return { needed: 1, keys: [this.#host.signer.id] };
  }

  /** Whether a change is not carried out yet. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Lets another seed take the place of `old`, which is stopped some time after a quorum of those from then on votes. */
  replace(old: Host): void {
    this.#waiting.push({ old, joined: this.#network.addSeed() });
    this.#next();
  }

  #next(): void {
    if (this.#isBusy) return;
    const [next] = this.#waiting.splice(0, 1);
    if (next === undefined) return;
    this.#isBusy = true;
    this.#host.boot((host) => this.#carryOut(next, host));
  }

  #carryOut({ old, joined }: Replacement, host: Host): unknown {
    const { configuration, world } = this.#network;
    const chain = chainOf(configuration, this.changes, host.verifier);
    const { clock, random, verifier } = host;
    // Whoever links is not who signs.
    const signer = host.signerFrom(random.bytes(32));
    const ports = { transport: host.transport(), listen: host.address, clock, random, verifier };
    const lobby = new Lobby({ ...ports, signer, network: configuration.network });
    const client = new OperatorClient(lobby, chain);
    const { newest } = chain;
    const stay = newest.seeds.filter(({ id }) => id !== old.signer.id);
    const wanted = [...stay, { id: joined.signer.id, address: joined.address }];
    client.start();
    client.meet(wanted);
    client.askKeys(wanted, (seeds) => {
      const next = proposeConfiguration(newest, { seeds });
      const proposal = proposalOf(next, [signConfiguration(next, host.signer)]);
      client.propose(proposal, () => {
        this.changes = chain.after(0);
        client.untilSettled(() => world.after(0, () => this.#end(old)));
      });
    });
    return client;
  }

  #end(old: Host): void {
    this.#host.crash();
    this.#network.world.after(LINGER_MS, () => old.isUp && old.crash());
    this.#isBusy = false;
    this.#next();
  }
}
