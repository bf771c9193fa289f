import { type NetworkDescription, type PeerId, sameBytes, shortId, toHex } from "@p2p/identity";
import { type Address, splitAddress } from "./address.ts";
import type { Cancel } from "./clock.ts";
import { Malformed } from "./codec.ts";
import {
  HELLO,
  HELLO_ACK,
  HELLO_FRAME_BYTES_MAX,
  type Hello,
  helloStatement,
  introductionTo,
  PROTOCOL_MAJOR,
  PROTOCOL_MINOR,
  REFUSED,
  WHO,
} from "./hello.ts";
import type { Local } from "./link-set.ts";
import type { Purpose, Remote, Role } from "./remote.ts";
import type { CloseReason, Link, LinkOwner } from "./transport.ts";

/** Why a link is refused: a word for programs, a sentence for people. */
export interface Refusal {
  readonly code: string;
  readonly detail: string;
}

/** What every handshake of one node has in common. */
export interface Door {
  readonly local: Local;
  readonly network: NetworkDescription;
  readonly role: Role;
  readonly session: Uint8Array;
  readonly software: string;
  readonly reads: number;
  credential(): Uint8Array | undefined;
  /** What is held against the key `id`, which need not be proved for that. */
  bar(id: PeerId, purpose: Purpose): Refusal | undefined;
  /** The last word on a far end that has proved itself. */
  judge(remote: Remote, dialled: boolean): Refusal | undefined;
}

/** What this end wants of one link. */
export interface Intent {
  readonly purpose: Purpose;
  readonly replaces: boolean;
  /** Whoever else answers is mistaken for somebody. */
  readonly expect: PeerId | undefined;
  readonly timeoutMs: number;
}

/** How a handshake ended: with somebody, or not. */
export type HandshakeDone = (outcome: Remote | CloseReason) => void;

/**
 * One link's way from opened to known. The dialler says HELLO, the acceptor answers HELLO; the dialler proves itself
 * (HELLO_ACK), and only then the acceptor signs and answers HELLO_ACK, which is its welcome. So an unproved stranger
 * costs no signature, and the dialler hears of every refusal. PROTOCOL.md §4.1.
 */
export class Handshake implements LinkOwner {
  readonly #door: Door;
  readonly #link: Link;
  readonly #intent: Intent;
  readonly #done: HandshakeDone;
  readonly #ownHello: Uint8Array;
  readonly #cancelTimeout: Cancel;
  #opened = false;
  #ended = false;
  #hasIntroducedItself = false;
  #hello: { readonly value: Hello; readonly frame: Uint8Array } | undefined;

  /** Takes ownership of the link that `connect` makes or hands over. `done` runs once, never inside this call. */
  constructor(door: Door, intent: Intent, connect: (owner: LinkOwner) => Link, done: HandshakeDone) {
    this.#door = door;
    this.#intent = intent;
    this.#done = done;
    this.#ownHello = this.#encodeHello();
    this.#link = connect(this);
    this.#cancelTimeout = door.local.clock.after(intent.timeoutMs, () => this.#timedOut());
  }

  /** The far end of the pipe. */
  get link(): Link {
    return this.#link;
  }

  get address(): Address {
    return this.#link.address;
  }

  /** Gives up, for `reason`. Too late, once it has ended. */
  abort(reason: CloseReason): void {
    if (!this.#ended) this.#fail(reason);
  }

  linkOpened(link: Link): void {
    this.#opened = true;
    const { expect } = this.#intent;
    // Who has another key is not even told who called.
    if (expect !== undefined && link.channel && link.channel.id !== expect)
      return this.#fail(mistaken(link.channel.id, expect));
    if (link.dialled) link.send(this.#ownHello);
  }

  linkFrame(link: Link, frame: Uint8Array): void {
    if (this.#ended) return;
    if (frame.length > HELLO_FRAME_BYTES_MAX) return this.#fail(misbehaved("a long frame before HELLO"));
    if (frame[0] === HELLO.kind && !this.#hello) return this.#heardHello(frame);
    if (frame[0] === HELLO_ACK.kind && this.#hello) return this.#heardAck(frame, this.#hello);
    if (frame[0] === REFUSED.kind) return this.#heardRefusal(frame);
    if (frame[0] === WHO.kind && !link.dialled && !this.#hasIntroducedItself) return this.#heardWho(frame);
    this.#fail(misbehaved(`frame of kind ${frame[0]} before HELLO`));
  }

  linkDrained(): void {
    // A handshake never fills a queue.
  }

  linkClosed(_link: Link, reason: CloseReason): void {
    const answered = this.#opened && reason.kind === "broken";
    this.#end(answered ? { kind: "mistaken", detail: `closed in HELLO: ${reason.detail}` } : reason);
  }

  #heardHello(frame: Uint8Array): void {
    const hello = HELLO.decode(frame);
    if (hello instanceof Malformed) return this.#fail(misbehaved(hello.detail));
    const refusal = this.#objection(hello);
    if (refusal) return this.#refuse(refusal);
    const { expect } = this.#intent;
    if (expect !== undefined && hello.id !== expect) return this.#fail(mistaken(hello.id, expect));
    this.#hello = { value: hello, frame };
    if (this.#link.dialled) this.#sendAck(frame);
    else this.#link.send(this.#ownHello);
  }

  #heardAck(frame: Uint8Array, hello: { readonly value: Hello; readonly frame: Uint8Array }): void {
    const ack = HELLO_ACK.decode(frame);
    if (ack instanceof Malformed) return this.#fail(misbehaved(ack.detail));
    const { local } = this.#door;
    const statement = helloStatement(local.networkId, hello.frame, this.#ownHello, this.#link.channel);
    if (!local.verifier.verify(hello.value.id, statement, ack.signature)) {
      return this.#fail(misbehaved("HELLO_ACK with a bad signature"));
    }
    const remote = this.#describe(hello.value, ack.observed);
    const refusal = this.#door.judge(remote, this.#link.dialled);
    if (refusal) return this.#refuse(refusal);
    if (!this.#link.dialled) this.#sendAck(hello.frame);
    this.#end(remote);
  }

  #heardRefusal(frame: Uint8Array): void {
    const refusal = REFUSED.decode(frame);
    if (refusal instanceof Malformed) return this.#fail(misbehaved(refusal.detail));
    const { code, network } = refusal;
    const detail = network ? difference(this.#door.network, network) : refusal.detail;
    this.#fail({ kind: "rejected", code, detail });
  }

  /** Answered once, whatever the network is; the link may go on with HELLO. */
  #heardWho(frame: Uint8Array): void {
    const who = WHO.decode(frame);
    if (who instanceof Malformed) return this.#fail(misbehaved(who.detail));
    this.#hasIntroducedItself = true;
    const { local, network } = this.#door;
    this.#link.send(introductionTo(who, local.signer, network.seeds));
  }

  /** What is wrong with a HELLO, whoever sent it. */
  #objection(hello: Hello): Refusal | undefined {
    const { local } = this.#door;
    if (hello.major !== PROTOCOL_MAJOR) {
      return {
        code: "version",
        detail: `this node speaks version ${PROTOCOL_MAJOR}.${PROTOCOL_MINOR}, the other ${hello.major}.${hello.minor}`,
      };
    }
    if (!sameBytes(hello.networkId, local.networkId)) return { code: "network", detail: "another network" };
    if (hello.id === local.id) return { code: "self", detail: "this is the node itself" };
    if (this.#link.channel && this.#link.channel.id !== hello.id) {
      return { code: "identity", detail: "the channel proved another key than HELLO names" };
    }
    // Before it has signed: who is barred shall cost no check, and who only says to be so is refused rightly.
    return this.#door.bar(hello.id, this.#purposeOf(hello));
  }

  #purposeOf(hello: Hello): Purpose {
    return this.#link.dialled ? this.#intent.purpose : hello.purpose;
  }

  #refuse({ code, detail }: Refusal): void {
    const network = code === "network" ? this.#door.network : undefined;
    this.#link.send(REFUSED.encode({ code, detail, network }));
    this.#fail({ kind: "rejected", code, detail });
  }

  #sendAck(theirs: Uint8Array): void {
    const { local } = this.#door;
    const { channel } = this.#link;
    const signature = local.signer.sign(helloStatement(local.networkId, this.#ownHello, theirs, channel));
    this.#link.send(HELLO_ACK.encode({ signature, observed: splitAddress(this.#link.address).host }));
  }

  #describe(hello: Hello, observed: string): Remote {
    return {
      id: hello.id,
      proof: this.#link.channel === undefined ? "key" : "channel",
      role: hello.role,
      purpose: this.#purposeOf(hello),
      session: toHex(hello.session),
      address: this.#link.address,
      listen: hello.listen,
      observed,
      credential: hello.credential === undefined ? undefined : Uint8Array.from(hello.credential),
      software: hello.software,
      reads: hello.reads ?? 1,
      replaces: this.#link.dialled ? this.#intent.replaces : hello.replaces,
    };
  }

  #encodeHello(): Uint8Array {
    const { local, role, session, software, reads } = this.#door;
    return HELLO.encode({
      major: PROTOCOL_MAJOR,
      minor: PROTOCOL_MINOR,
      networkId: local.networkId,
      id: local.id,
      role,
      purpose: this.#intent.purpose,
      session,
      nonce: local.random.bytes(32),
      listen: local.address,
      replaces: this.#intent.replaces,
      credential: this.#door.credential(),
      software,
      reads,
    });
  }

  #timedOut(): void {
    if (this.#opened) this.#fail({ kind: "mistaken", detail: "silent in HELLO" });
    else this.#fail({ kind: "unreachable", detail: `no answer in ${this.#intent.timeoutMs} ms` });
  }

  #fail(reason: CloseReason): void {
    this.#link.close(reason);
    this.#end(reason);
  }

  #end(outcome: Remote | CloseReason): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelTimeout();
    this.#done(outcome);
  }
}

function mistaken(answered: PeerId, expected: PeerId): CloseReason {
  return {
    kind: "mistaken",
    detail: `${shortId(answered)} answered where ${shortId(expected)} was expected`,
  };
}

function misbehaved(detail: string): CloseReason {
  return { kind: "misbehaved", detail };
}

/** One sentence that says in what two networks differ. */
export function difference(own: NetworkDescription, other: NetworkDescription): string {
  if (own.name !== other.name) return `the other network is called "${other.name}", this one "${own.name}"`;
  if (own.faulty !== other.faulty)
    return `the other network has f = ${other.faulty}, this one f = ${own.faulty}`;
  const missing = own.seeds.filter((seed) => !other.seeds.includes(seed));
  const extra = other.seeds.filter((seed) => !own.seeds.includes(seed));
  if (missing.length + extra.length === 0)
    return `the seeds are the same, but ${changersOf(other)} may change them there, and ${changersOf(own)} here`;
  return `the seeds differ: only here ${names(missing)}; only there ${names(extra)}`;
}

function changersOf({ operators }: NetworkDescription): string {
  if (operators === undefined) return "nobody";
  return `${operators.needed} of the operators ${names(operators.keys.toSorted())}`;
}

function names(seeds: readonly PeerId[]): string {
  return seeds.map(shortId).join(", ") || "none";
}
