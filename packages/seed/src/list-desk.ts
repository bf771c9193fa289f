import { CERTIFICATES, type Ledger, type ProofOfLife } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { Allowance, type Connection } from "@p2p/wire";
import { EventEmitter } from "eventemitter3";
import type { Electorates } from "./electorates.ts";
import {
  CERTIFICATE_ASK,
  ELECTORATE,
  ELECTORATE_ASK,
  LIST,
  LIST_ASK,
  LISTED_A_FRAME,
  type ListAsk,
  NONCES_A_POLL,
  POLL,
  type Poll,
  STATUS,
} from "./frames.ts";
import type { Freshness } from "./freshness.ts";
import type { NonceBoard } from "./nonce-board.ts";
import type { Office } from "./office.ts";
import { Roster } from "./roster.ts";
import type { Strikes } from "./strikes.ts";

interface ListDeskEvents {
  /** A peer polled with a proof of life; what it answers and whether it is signed is not checked yet. */
  polled: [proof: ProofOfLife, from: Connection, answersPoll: Uint8Array | undefined];
}

/** What the desk answers from. */
export interface ListDeskRooms {
  readonly ledger: Ledger;
  readonly electorates: Electorates;
  readonly board: NonceBoard;
  readonly freshness: Freshness;
  readonly strikes: Strikes;
}

/** Questions for electorates that one member may ask in a minute: more than one who suspects 64 repeats. */
const ELECTORATES_A_MINUTE = 240;

/** Answers questions: the list, a certificate, "how do I stand?", "who watches over this one?" PROTOCOL.md §8.2. */
export class ListDesk extends EventEmitter<ListDeskEvents> {
  readonly #office: Office;
  readonly #rooms: ListDeskRooms;
  readonly #roster: Roster;
  readonly #electorateAsks = new Allowance({ max: ELECTORATES_A_MINUTE, perMs: 60_000 });
  /** The nonce last shown to each linked peer. */
  readonly #shown = new WeakMap<Connection, Uint8Array>();

  constructor(office: Office, rooms: ListDeskRooms) {
    super();
    this.#office = office;
    this.#rooms = rooms;
    this.#roster = new Roster(rooms.ledger);
    const { links, seeds } = office.lobby;
    links.route(LIST_ASK, (ask, from) => this.#list(ask, from));
    links.route(POLL, (poll, from) => this.#poll(poll, from));
    links.route(ELECTORATE_ASK, ({ victim }, from) => this.#electorate(victim, from));
    for (const room of [links, seeds])
      room.route(CERTIFICATE_ASK, ({ peer }, from) => this.#certificate(peer, from));
  }

  /** What the list says of `peer` has changed. */
  changed(peer: PeerId): void {
    this.#roster.changed(peer);
  }

  #list({ after, wanted }: ListAsk, from: Connection): void {
    if (from.isBehind) return;
    const { ledger, freshness, strikes } = this.#rooms;
    const listed = this.#roster.after(after, LISTED_A_FRAME + 1);
    const members = listed.slice(0, LISTED_A_FRAME);
    const next = listed.length > members.length ? members.at(-1)?.peer : undefined;
    const certificates = wanted
      .map((peer) => ledger.certificateOf(peer))
      .filter((certificate) => certificate !== undefined);
    const now = this.#office.now();
    const grey = members.map(({ peer }) => peer).filter((peer) => strikes.isGrey(peer, now));
    from.send(LIST.encode({ members, certificates, next, fresh: freshness.isFresh, grey }));
  }

  #electorate(victim: PeerId, from: Connection): void {
    const { ledger, electorates } = this.#rooms;
    if (!ledger.isMember(from.id) || from.isBehind) return;
    if (!this.#electorateAsks.take(from.id, this.#office.now())) return;
    const monitors = electorates.of(victim);
    // Somebody watches over every member: this seed has no time to say who, and the asker has a view of its own.
    if (monitors.length === 0 && ledger.isMember(victim) && ledger.size > 1) return;
    from.send(ELECTORATE.encode({ victim, monitors }));
  }

  #poll({ proof }: Poll, from: Connection): void {
    const { ledger, board, freshness } = this.#rooms;
    const shown = this.#shown.get(from);
    const nonce = this.#office.lobby.local.random.bytes(32);
    this.#shown.set(from, nonce);
    const standing = ledger.standing(from.id);
    const open =
      standing === undefined
        ? []
        : board.nonces(from.id, standing.incarnation, this.#office.id, this.#office.now());
    const nonces = [nonce, ...open].slice(0, NONCES_A_POLL);
    if (!from.isBehind)
      from.send(STATUS.encode({ certificate: standing?.certificate, nonces, fresh: freshness.isFresh }));
    if (proof !== undefined) this.emit("polled", proof, from, shown);
  }

  #certificate(peer: PeerId, from: Connection): void {
    const certificate = this.#rooms.ledger.certificateOf(peer);
    if (certificate !== undefined && !from.isBehind)
      from.send(CERTIFICATES.encode({ certificates: [certificate] }));
  }
}
