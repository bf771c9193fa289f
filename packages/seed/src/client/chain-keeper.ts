import type { ConfigurationChain, JointCertificate } from "@p2p/consensus";
import type { P2PError } from "@p2p/identity";
import type { Connection, Disk, Lobby } from "@p2p/wire";
import { ChainRelay } from "../chain-relay.ts";
import { ChainFile } from "./chain-file.ts";

/** What a {@link ChainKeeper} reports. */
export interface ChainKeeperOwner {
  /** Others are the seeds now: this peer remembered it, or was just told. */
  changed(how: "remembered" | "told"): void;
  /** The seeds have moved on to signed bytes of a version that this release cannot read. */
  outdated(version: number): void;
}

/** Keeps up with who the seeds are: remembers it on disk, and takes and passes on what is told. PROTOCOL.md §10.9. */
export class ChainKeeper {
  readonly #lobby: Lobby;
  readonly #chain: ConfigurationChain;
  readonly #owner: ChainKeeperOwner;
  readonly #file: ChainFile;
  readonly #relay: ChainRelay;

  /** @throws TypeError when CHAIN or CHAIN_ASK has a route on `lobby.links` or `lobby.seeds` already. */
  constructor(lobby: Lobby, chain: ConfigurationChain, disk: Disk, owner: ChainKeeperOwner) {
    this.#lobby = lobby;
    this.#chain = chain;
    this.#owner = owner;
    this.#file = new ChainFile(disk, chain);
    this.#relay = new ChainRelay(lobby, chain, {
      brought: (certificate, from) => this.#extend(certificate, from),
      level: () => undefined,
    });
  }

  /** Reads what is on disk; of a network that never changes there is nothing. @param done gets `STORE_CORRUPT` or `DISK_FAILED`. */
  read(done: (error?: P2PError) => void): void {
    if (!this.#chain.first.canChange) return done();
    this.#file.read(this.#lobby.local.verifier, (error) => {
      if (error === undefined && this.#chain.number > 0) this.#owner.changed("remembered");
      done(error);
    });
  }

  /** `from` speaks of seeds that are not known here. */
  ask(from: Connection): void {
    this.#relay.ask(from);
  }

  #extend(certificate: JointCertificate, from: Connection): void {
    const answer = this.#chain.extend(certificate, this.#lobby.local.verifier);
    if (typeof answer !== "string") return from.blame("forged", "a configuration that nobody decided");
    if (answer === "unreadable") this.#owner.outdated(certificate.proposal.terms.version ?? 1);
    if (answer !== "extended") return;
    // What a disk cannot keep, the next run is told again.
    this.#file.write(() => undefined);
    // Before links change: a seed that is none any more hears it, too.
    this.#relay.announce();
    this.#owner.changed("told");
  }
}
