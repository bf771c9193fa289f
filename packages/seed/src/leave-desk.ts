import { CERTIFICATES, type Leave, type Ledger, rank, verifyLeave } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { Allowance, type Connection } from "@p2p/wire";
import { LEAVE, LEAVE_RECEIPT } from "./frames.ts";
import type { Freshness } from "./freshness.ts";
import type { Office } from "./office.ts";
import type { VoteDesk } from "./vote-desk.ts";

/** Leaves that wait until this seed is fresh, or knows the member; of more, the oldest goes. */
const HELD_MAX = 1024;
/** Leaves of one sender that are looked at within a minute: each costs a signature, and anybody can sign for keys that nobody knows. */
const LEAVES_A_MINUTE = 60;

interface Held {
  readonly leave: Leave;
  /** Who waits for a receipt: the peer itself, or nobody. */
  readonly asker: Connection | undefined;
}

/** Takes leaves: a member that wants to go is voted out without being looked for. PROTOCOL.md §8.3. */
export class LeaveDesk {
  readonly #office: Office;
  readonly #ledger: Ledger;
  readonly #desk: VoteDesk;
  readonly #freshness: Freshness;
  readonly #held = new Map<PeerId, Held>();
  readonly #senders = new Allowance({ max: LEAVES_A_MINUTE, perMs: 60_000 });

  constructor(office: Office, ledger: Ledger, desk: VoteDesk, freshness: Freshness) {
    this.#office = office;
    this.#ledger = ledger;
    this.#desk = desk;
    this.#freshness = freshness;
    office.lobby.links.route(LEAVE, ({ leave }, from) => this.#hear(leave, from));
  }

  /** Another seed has voted for a leave, which was verified with its vote. */
  relayed(leave: Leave): void {
    this.#take({ leave, asker: undefined });
  }

  /** This seed is fresh, or has a new member: looks at what it held. */
  resume(peer?: PeerId): void {
    const waiting =
      peer === undefined
        ? [...this.#held.values()]
        : [this.#held.get(peer)].filter((one) => one !== undefined);
    for (const held of waiting) {
      this.#held.delete(held.leave.peer);
      this.#take(held);
    }
  }

  #hear(leave: Leave, from: Connection): void {
    if (!this.#senders.take(from.id, this.#office.now())) return;
    const { networkId, verifier } = this.#office.lobby.local;
    if (!verifyLeave(leave, networkId, verifier))
      return this.#office.blame(from, "leave", "not signed by its peer");
    this.#take({ leave, asker: from });
  }

  #take(held: Held): void {
    const { leave, asker } = held;
    const { peer, incarnation } = leave;
    const certificate = this.#ledger.standing(peer)?.certificate;
    const certified = certificate === undefined ? -1 : rank(certificate.fact);
    if (certificate !== undefined && certified >= rank({ kind: "remove", incarnation })) {
      asker?.send(LEAVE_RECEIPT.encode({ incarnation }));
      return void asker?.send(CERTIFICATES.encode({ certificates: [certificate] }));
    }
    if (!this.#freshness.isFresh || certified < rank({ kind: "add", incarnation })) return this.#hold(held);
    this.#vote(held);
  }

  #vote({ leave, asker }: Held): void {
    const { peer, incarnation } = leave;
    const address = this.#ledger.addressOf(peer);
    this.#desk.voteLeave(leave, (isNew) => {
      asker?.send(LEAVE_RECEIPT.encode({ incarnation }));
      if (isNew && address !== undefined)
        this.#office.tell("proposedRemove", { peer, incarnation, address, reason: "left" });
    });
  }

  #hold(held: Held): void {
    const { peer } = held.leave;
    this.#held.delete(peer);
    if (this.#held.size >= HELD_MAX) this.#held.delete(this.#held.keys().next().value as PeerId);
    this.#held.set(peer, held);
  }
}
