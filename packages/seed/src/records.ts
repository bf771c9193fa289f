import type { ConfigurationChain, Ledger } from "@p2p/consensus";
import { createSigner, type P2PError, type PeerId, type Signer } from "@p2p/identity";
import type { Disk, Local } from "@p2p/wire";
import { Archive } from "./archive.ts";
import type { EdgeBook } from "./edge-book.ts";
import type { SeedOptions } from "./seed-options.ts";
import { SuccessionLog } from "./succession-log.ts";
import { VoteKeys } from "./vote-keys.ts";
import { VoteLog } from "./vote-log.ts";

/** What {@link Records} are made of. */
export interface RecordsParts {
  readonly disk: Disk;
  readonly chain: ConfigurationChain;
  readonly ledger: Ledger;
  readonly edges: EdgeBook;
  /** This seed's own key. */
  readonly identity: Signer;
  /** See `SeedOptions.signerFrom`. */
  readonly signerFrom: SeedOptions["signerFrom"] | undefined;
  readonly local: Local;
}

/** All that a seed keeps on its disk, opened and closed as one. PROTOCOL.md §10.6. */
export class Records {
  readonly keys: VoteKeys;
  readonly succession: SuccessionLog;
  readonly votes: VoteLog;
  readonly archive: Archive;
  readonly #disk: Disk;
  readonly #chain: ConfigurationChain;
  readonly #self: PeerId;

  constructor({ disk, chain, ledger, edges, identity, signerFrom = createSigner, local }: RecordsParts) {
    this.#disk = disk;
    this.#chain = chain;
    this.#self = identity.id;
    this.keys = new VoteKeys({ disk, identity, random: local.random, signerFrom });
    this.succession = new SuccessionLog(disk, chain, local.verifier);
    this.votes = new VoteLog(disk, chain, identity.id);
    this.archive = new Archive(disk, chain, ledger, edges);
  }

  /** What this seed votes with now; nothing while it is no seed, or has lost its key. */
  get voteSigner(): Signer | undefined {
    return this.#chain.has(this.#self) ? this.keys.signerOf(this.#chain.number) : undefined;
  }

  /**
   * Reads it all. Which configurations there were comes first: what is in the other files is under one of them.
   * @param now monotonic, in milliseconds. @param tickMs how long a tick takes.
   */
  open(now: number, tickMs: number, done: (error?: P2PError) => void): void {
    const files = [
      ...(this.#chain.first.canChange ? [this.succession, this.keys] : []),
      this.votes,
      { open: (then: (error?: P2PError) => void) => this.archive.open(now, tickMs, then) },
    ];
    const next = (error?: P2PError): void => {
      const file = error === undefined ? files.shift() : undefined;
      if (file === undefined) done(error);
      else file.open(next);
    };
    next();
  }

  /** Closes the disk once everything is written. */
  close(done: () => void): void {
    this.votes.whenIdle(() => {
      this.archive.whenIdle(() => {
        this.succession.whenIdle(() => {
          this.#disk.close();
          done();
        });
      });
    });
  }
}
