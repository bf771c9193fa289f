import type { ConfigurationChain } from "@p2p/consensus";
import { type Connection, splitAddress } from "@p2p/wire";
import { EventEmitter } from "eventemitter3";
import { ChainRelay } from "./chain-relay.ts";
import type { Freshness } from "./freshness.ts";
import { Handover } from "./handover.ts";
import type { Office } from "./office.ts";
import type { QuorumClock } from "./quorum-clock.ts";
import type { Records } from "./records.ts";
import { SeedMesh } from "./seed-mesh.ts";
import { Succession } from "./succession.ts";

interface SeedSetEvents {
  /** Other seeds decide from now on. */
  succeeded: [];
}

/** What a {@link SeedSet} takes and gives. */
export interface SeedSetRooms {
  readonly chain: ConfigurationChain;
  readonly records: Records;
  readonly freshness: Freshness;
  readonly clock: QuorumClock;
  /** Compares what is known with a seed, now. */
  readonly sync: (partner: Connection) => void;
  /** This seed has caught up. */
  readonly fresh: () => void;
}

/** Who the seeds are, from one configuration to the next: linked with each other, and never shut out. PROTOCOL.md §10.8. */
export class SeedSet extends EventEmitter<SeedSetEvents> {
  readonly #office: Office;
  readonly #chain: ConfigurationChain;
  readonly #succession: Succession;
  readonly #mesh: SeedMesh;
  readonly #handover: Handover;
  readonly #relay: ChainRelay;

  constructor(office: Office, { chain, records, freshness, clock, sync, fresh }: SeedSetRooms) {
    super();
    this.#office = office;
    this.#chain = chain;
    const heritage = { chain, keys: records.keys, log: records.succession, freshness };
    this.#succession = new Succession(office, { ...heritage, clock });
    this.#mesh = new SeedMesh(office, chain, () => this.#succession.candidates);
    this.#handover = new Handover(office, { ...heritage, sync, fresh });
    this.#relay = new ChainRelay(office.lobby, chain, {
      brought: (certificate, from) => this.#succession.bring(certificate, from),
      level: (from) => this.#handover.tell(from),
    });
    this.#succession.on("proposed", () => this.#meet());
    this.#succession.on("succeeded", () => this.#succeeded());
  }

  start(): void {
    if (this.#chain.first.canChange) {
      this.#handover.begin();
      this.#succession.start();
    }
    this.#favour();
    this.#mesh.start();
  }

  /** Keeps no link up any more. */
  stop(): void {
    this.#mesh.stop();
  }

  /** This seed has caught up. */
  taken(): void {
    this.#handover.taken();
  }

  #succeeded(): void {
    this.emit("succeeded");
    this.#handover.begin();
    this.#meet();
    this.#relay.announce();
    const { newest, previous } = this.#chain;
    if (previous === undefined) return;
    const { number, seeds } = newest;
    const added = seeds.filter(({ id }) => !previous.has(id));
    const removed = previous.seeds.filter(({ id }) => !newest.has(id));
    this.#office.tell("configurationChanged", { number, seeds, added, removed });
    if (removed.some(({ id }) => id === this.#office.id)) this.#office.tell("superseded", { number });
  }

  #meet(): void {
    this.#favour();
    this.#mesh.refresh();
  }

  /** Nobody shuts out the seeds, those before while they hand over, and those that are to be some. */
  #favour(): void {
    const { seeds, previous } = this.#chain;
    const all = [...seeds, ...(previous?.seeds ?? []), ...this.#succession.candidates];
    this.#office.lobby.favour(all.map(({ address }) => splitAddress(address).host));
  }
}
