import {
  CHAIN,
  CHAIN_A_FRAME,
  CHAIN_ASK,
  type Chain,
  type ConfigurationChain,
  type JointCertificate,
} from "@p2p/consensus";
import { Allowance, type Connection, type Lobby } from "@p2p/wire";

/** What a {@link ChainRelay} reports. */
export interface ChainRelayOwner {
  /** Somebody brought what would be the next of the chain; neither verified nor kept. */
  brought(certificate: JointCertificate, from: Connection): void;
  /** `from` has come to hold the same configuration as this node. */
  level(from: Connection): void;
}

/** Questions and certificates of one node that are looked at within a minute. */
const LOOKS_A_MINUTE = 16;

/**
 * Tells which configuration holds, and asks whoever knows of a later one: over every link that is new, and to everybody
 * after a change. While a network's first configuration holds it says nothing. The same at seeds and at peers, so one node
 * that knows is enough to bring a whole network along. PROTOCOL.md §10.9.
 */
export class ChainRelay {
  readonly #lobby: Lobby;
  readonly #chain: ConfigurationChain;
  readonly #owner: ChainRelayOwner;
  readonly #looks = new Allowance({ max: LOOKS_A_MINUTE, perMs: 60_000 });

  /** @throws TypeError when CHAIN or CHAIN_ASK has a route on `lobby.links` or `lobby.seeds` already. */
  constructor(lobby: Lobby, chain: ConfigurationChain, owner: ChainRelayOwner) {
    this.#lobby = lobby;
    this.#chain = chain;
    this.#owner = owner;
    for (const room of [lobby.seeds, lobby.links]) {
      room.route(CHAIN_ASK, ({ after }, from) => this.#answer(after, from));
      room.route(CHAIN, (news, from) => this.#hear(news, from));
      room.on("joined", (connection) => this.tell(connection));
    }
  }

  /** Tells one which configuration holds. */
  tell(connection: Connection): void {
    const { number } = this.#chain;
    if (number > 0) connection.send(CHAIN.encode({ newest: number, certificates: [] }));
  }

  /** Tells everybody. */
  announce(): void {
    const { number } = this.#chain;
    if (number === 0) return;
    const frame = CHAIN.encode({ newest: number, certificates: [] });
    for (const room of [this.#lobby.seeds, this.#lobby.links]) room.broadcast(frame);
  }

  /** `from` speaks of a configuration that is not known here. */
  ask(from: Connection): void {
    if (this.#takes(from)) from.send(CHAIN_ASK.encode({ after: this.#chain.number }));
  }

  #answer(after: number, from: Connection): void {
    const { number } = this.#chain;
    const certificates = this.#chain.after(after, CHAIN_A_FRAME);
    if (certificates.length === 0 || from.isBehind || !this.#takes(from)) return;
    from.send(CHAIN.encode({ newest: number, certificates }));
  }

  #hear({ newest, certificates }: Chain, from: Connection): void {
    const { number } = this.#chain;
    if (newest < number) return this.#takes(from) ? this.tell(from) : undefined;
    if (newest === number) return this.#owner.level(from);
    if (!this.#takes(from)) return;
    const next = certificates.find(({ proposal }) => proposal.terms.number === number + 1);
    if (next !== undefined) this.#owner.brought(next, from);
    else from.send(CHAIN_ASK.encode({ after: number }));
  }

  #takes({ id }: Connection): boolean {
    return this.#looks.take(id, this.#lobby.local.clock.now());
  }
}
