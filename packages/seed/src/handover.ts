import { type ConfigurationChain, type Seal, sealStatement, verifySeal } from "@p2p/consensus";
import { sameBytes } from "@p2p/identity";
import type { Cancel, Connection } from "@p2p/wire";
import { SEAL } from "./frames.ts";
import type { Freshness } from "./freshness.ts";
import type { Office } from "./office.ts";
import type { SuccessionLog } from "./succession-log.ts";
import type { VoteKeys } from "./vote-keys.ts";

/** What a handover takes and gives. */
export interface HandoverRooms {
  readonly chain: ConfigurationChain;
  readonly keys: VoteKeys;
  readonly log: SuccessionLog;
  readonly freshness: Freshness;
  /** Compares what is known with a seed, now. */
  readonly sync: (partner: Connection) => void;
  /** This seed has caught up. */
  readonly fresh: () => void;
}

/** How long new seeds wait for the last words of those before, in milliseconds. */
const HANDOVER_MS = 60_000;

/**
 * How seeds hand over to those that come after them: who decided before says that it votes no more, under its signature,
 * and erases the key; who decides from now on votes once a quorum of those before have said so and shown what they know.
 * PROTOCOL.md §10.8.
 */
export class Handover {
  readonly #office: Office;
  readonly #rooms: HandoverRooms;
  #cancelWait: Cancel = () => undefined;

  constructor(office: Office, rooms: HandoverRooms) {
    this.#office = office;
    this.#rooms = rooms;
    const { seeds } = office.lobby;
    seeds.route(SEAL, (seal, from) => this.#hear(seal, from));
    seeds.on("joined", (connection) => this.tell(connection));
  }

  /** Goes on where the log ends: to be called when this seed starts, and when other seeds decide from now on. */
  begin(): void {
    const { chain, freshness, log } = this.#rooms;
    const { previous } = chain;
    if (previous === undefined) return;
    this.#seal();
    if (!chain.has(this.#office.id) || log.isSeated) return;
    freshness.inherit(previous);
    this.#cancelWait();
    this.#cancelWait = this.#office.agenda.after(HANDOVER_MS, () => {
      if (freshness.disinherit()) this.#rooms.fresh();
    });
    if (previous.has(this.#office.id)) this.#sealed(this.#office.id);
  }

  /** This seed has caught up: from its next start on it need not ask the seeds before. */
  taken(): void {
    const { chain, log } = this.#rooms;
    this.#cancelWait();
    if (chain.number > 0 && !log.isSeated)
      log.keepSeated(chain.number, (error) => {
        if (error !== undefined) this.#office.diskFailed(error);
      });
  }

  /** Says for ever that this seed votes no more under the configuration before; erases the key once that is on disk. */
  #seal(): void {
    const { chain, log } = this.#rooms;
    const { previous, newest } = chain;
    if (previous === undefined || !previous.has(this.#office.id)) return this.#erase();
    if (log.seal !== undefined && sameBytes(log.seal.next, newest.cfg)) return this.#erase();
    const signer = this.#rooms.keys.signerOf(previous.number);
    if (signer === undefined) return;
    const terms = { cfg: previous.cfg, next: newest.cfg, seed: this.#office.id };
    const seal = { ...terms, signature: signer.sign(sealStatement(terms, newest.networkId)) };
    log.keepSeal(seal, (error) => {
      if (error !== undefined) return this.#office.diskFailed(error);
      this.#office.lobby.seeds.broadcast(SEAL.encode(seal));
      this.#erase();
    });
  }

  #erase(): void {
    this.#rooms.keys.eraseBefore(this.#rooms.chain.number, (error) => {
      if (error !== undefined) this.#office.diskFailed(error);
    });
  }

  /** Tells one seed, if it is one, that this seed votes no more. */
  tell(connection: Connection): void {
    const { chain, log } = this.#rooms;
    if (!chain.has(connection.id) || log.seal === undefined) return;
    if (sameBytes(log.seal.next, chain.cfg)) connection.send(SEAL.encode(log.seal));
  }

  #hear(seal: Seal, from: Connection): void {
    const { previous, newest } = this.#rooms.chain;
    if (previous === undefined || !this.#rooms.freshness.isInheriting) return;
    if (!sameBytes(seal.cfg, previous.cfg) || !sameBytes(seal.next, newest.cfg)) return;
    // Only its own: what it knows beside comes over the same link, behind it.
    if (seal.seed !== from.id || !this.#office.hears(from)) return;
    if (!verifySeal(seal, previous, this.#office.lobby.local.verifier))
      return this.#office.blame(from, "seal", "not signed by its seed");
    this.#sealed(seal.seed);
    this.#rooms.sync(from);
  }

  #sealed(seed: Seal["seed"]): void {
    const { freshness, fresh } = this.#rooms;
    freshness.sealed(seed);
    if (seed === this.#office.id && freshness.sync(seed)) fresh();
  }
}
