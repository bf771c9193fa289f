import {
  type NetworkDescription,
  networkIdOf,
  P2PError,
  type PeerId,
  SIGNATURE_VERSION_MAX,
  shortId,
} from "@p2p/identity";
import { defaultTransport } from "#transport";
import { type Address, isExemptFromPrefixRules, parseAddress } from "./address.ts";
import { BARRED_AT, type Bar, BlameLedger, type Offence } from "./blame.ts";
import { type Cancel, systemClock } from "./clock.ts";
import { Connection } from "./connection.ts";
import { HalfOpen } from "./half-open.ts";
import { type Door, Handshake, type Refusal } from "./handshake.ts";
import { LinkSet, type Local } from "./link-set.ts";
import {
  type AdmissionRule,
  type DialOptions,
  type DialOutcome,
  describeNetwork,
  type LobbyLimits,
  type LobbyOptions,
  limitsOf,
} from "./lobby-options.ts";
import type { Purpose, Remote } from "./remote.ts";
import { SafeEmitter } from "./safe-emitter.ts";
import { Self } from "./self.ts";
import { replacesHeld, tieOf, tieTo } from "./tie.ts";
import type { CloseReason, Link, LinkOwner, Transport } from "./transport.ts";

export interface LobbyEvents {
  /** A dial came to nothing. */
  missed: [miss: { readonly address: Address; readonly reason: CloseReason }];
  /** Somebody who proved himself, or failed to, was turned away at the door. */
  turnedAway: [visit: { readonly address: Address; readonly reason: CloseReason }];
  /** Somebody misbehaved, and it was written down. `points` are all that are held against it, 100 or more bar it. */
  blamed: [
    blame: {
      readonly peer: PeerId;
      readonly offence: Offence;
      readonly detail: string;
      readonly points: number;
    },
  ];
  /** Somebody is let in no more for so long, and its links were cut. It is told why when it calls again. */
  barred: [
    bar: {
      readonly peer: PeerId;
      readonly offence: Offence;
      readonly detail: string;
      readonly forMs: number;
    },
  ];
}

/**
 * A node's door. It listens, dials, learns by HELLO who is at the other end, keeps one member link between two nodes,
 * and puts every connection into the room of its kind: `links` (members), `seeds`, `probes`. PROTOCOL.md §4.
 */
export class Lobby extends SafeEmitter<LobbyEvents> {
  /** Member links with peers. */
  readonly links: LinkSet;
  /** Member links with seeds. */
  readonly seeds: LinkSet;
  /** Probe links with anybody. */
  readonly probes: LinkSet;
  readonly local: Local;
  readonly network: NetworkDescription;
  /** The limits it keeps. */
  readonly limits: LobbyLimits;
  readonly #self: Self;
  readonly #transport: Transport;
  readonly #door: Door;
  readonly #listenAt: Address;
  readonly #favoured: Set<string>;
  readonly #halfOpen: HalfOpen;
  readonly #ledger: BlameLedger;
  readonly #rules: AdmissionRule[] = [];
  readonly #dialling = new Set<Handshake>();
  readonly #probeEnds = new Map<Connection, Cancel>();
  #stopped = false;

  /**
   * @throws P2PError `ADDRESS_INVALID` when `listen` or `advertise` is not `host:port`.
   * @throws RangeError on a network name that is empty or too long, or software of more than 64 bytes.
   * @throws TypeError without a transport, where the default one cannot be had: the signer keeps its key to itself, or this
   *   is not Node. Also when the transport proves another key than the signer's.
   */
  constructor(options: LobbyOptions) {
    super(options.clock ?? systemClock);
    const { role = "peer", software = "@p2p/wire" } = options;
    if (new TextEncoder().encode(software).length > 64)
      throw new RangeError(`more than 64 bytes: "${software}"`);
    this.network = describeNetwork(options.network);
    this.#self = new Self(options, networkIdOf(this.network));
    this.local = this.#self;
    this.limits = limitsOf(role, options.limits);
    const favoured = new Set(options.favouredHosts);
    this.#favoured = favoured;
    this.#transport = options.transport ?? defaultTransport(this.local.signer, this.limits, favoured);
    if (this.#transport.id !== undefined && this.#transport.id !== this.local.id)
      throw new TypeError("the transport proves another key than the signer's: give both the same");
    this.#listenAt = parseAddress(options.listen ?? "127.0.0.1:0");
    this.#ledger = new BlameLedger(this.local.clock, this.limits);
    const judge = ({ id }: Connection, offence: Offence, detail: string): void =>
      this.blame(id, offence, detail);
    this.links = new LinkSet(this.local, judge);
    // Seeds cut each other and bar none: there are few of them, and a quorum may need each.
    this.seeds = new LinkSet(this.local, role === "seed" ? undefined : judge);
    this.probes = new LinkSet(this.local);
    this.probes.on("left", (probe) => {
      this.#probeEnds.get(probe)?.();
      this.#probeEnds.delete(probe);
    });
    const { halfOpenMax: max, halfOpenPerHostMax: perHostMax } = this.limits;
    this.#halfOpen = new HalfOpen({ max, perHostMax, isExempt: isExemptFromPrefixRules, favoured });
    this.#door = {
      local: this.local,
      network: this.network,
      role,
      session: this.local.random.bytes(8),
      software,
      reads: options.reads ?? SIGNATURE_VERSION_MAX,
      credential: options.credential ?? (() => undefined),
      bar: (id, purpose) => this.#barring(id, purpose),
      judge: (remote, dialled) => this.#judge(remote, dialled),
    };
  }

  get id(): PeerId {
    return this.local.id;
  }

  /** Where this node can be dialled, as far as it knows: `advertise`, else where it listens unless that is a wildcard. */
  get address(): Address | undefined {
    return this.local.address;
  }

  /** Where this node listens, once it does. */
  get bound(): Address | undefined {
    return this.#self.bound;
  }

  /** Begins to listen; the callback form of {@link start}. */
  open(done: (error?: P2PError) => void): void {
    const owner: LinkOwner = {
      linkOpened: (link) => this.#accept(link),
      linkFrame: ignore,
      linkDrained: ignore,
      linkClosed: ignore,
      callerTurnedAway: (address, reason) => this.emit("turnedAway", { address, reason }),
    };
    this.#transport.listen(this.#listenAt, owner, (bound) => {
      if (bound instanceof P2PError) return done(bound);
      this.#self.bound = bound;
      done();
    });
  }

  /**
   * Begins to listen.
   * @throws P2PError (as rejection) `ADDRESS_IN_USE` or `ADDRESS_UNAVAILABLE`.
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.open((error) => (error ? reject(error) : resolve()));
    });
  }

  /** Tells everybody from now on to dial `address`. */
  advertise(address: Address): void {
    this.#self.advertised = address;
  }

  /**
   * Favours these hosts from now on, and no others: see {@link LobbyOptions.favouredHosts}. A transport that was given
   * favours whom its own options say.
   */
  favour(hosts: Iterable<string>): void {
    this.#favoured.clear();
    for (const host of hosts) this.#favoured.add(host);
  }

  /** Adds a rule that every newcomer to `links` and `seeds` must pass, dialled ones too. */
  admit(rule: AdmissionRule): void {
    this.#rules.push(rule);
  }

  /**
   * Dials `to`. What comes of it is told to `options.done`, and in `missed` if it comes to nothing; a connection
   * stands in its room before `done` runs. Never throws for what the network does.
   * @returns gives the dial up; then nothing is told.
   * @throws P2PError `ADDRESS_INVALID` when `to` is text that is not `host:port`.
   */
  dial(to: Address | string, options: DialOptions = {}): Cancel {
    const address = parseAddress(to);
    const intent = {
      purpose: options.purpose ?? "member",
      replaces: options.replaces ?? false,
      expect: options.expect,
      timeoutMs: options.timeoutMs ?? this.limits.handshakeTimeoutMs,
    };
    const barring = intent.expect && this.#barring(intent.expect, intent.purpose);
    if (barring) return this.#missLater(address, { kind: "rejected", ...barring }, options.done);
    let wanted = true;
    const handshake = new Handshake(
      this.#door,
      intent,
      (owner) => this.#transport.dial(address, owner),
      (outcome) => {
        this.#dialling.delete(handshake);
        if (wanted) this.#dialled(handshake.link, address, outcome, options.done);
      },
    );
    this.#dialling.add(handshake);
    return () => {
      wanted = false;
      handshake.abort({ kind: "closed", detail: "the dial was given up" });
    };
  }

  /**
   * Holds against the holder of a key what it can be proved to have done; a hundred points bar it: its member links are
   * cut, and for 10 min it is neither let in nor dialled for one. Probe links it may have, or it would take this node for
   * dead. Blame for nothing that a correct node could be made to do by others. PROTOCOL.md §4.8.
   * @param detail what it did, for operators, and for the far end itself when it calls again; cut off after 128 characters.
   */
  blame(id: PeerId, offence: Offence, detail: string): void {
    const points = this.#ledger.charge(id, offence, detail);
    const isBarred = points >= BARRED_AT;
    if (isBarred)
      for (const room of [this.links, this.seeds]) room.get(id)?.close({ kind: "misbehaved", detail });
    this.emit("blamed", { peer: id, offence, detail, points });
    if (isBarred) this.emit("barred", { peer: id, offence, detail, forMs: this.limits.barMs });
  }

  /** Why `id` is barred, if it is. */
  barOf(id: PeerId): Bar | undefined {
    return this.#ledger.barOf(id);
  }

  /**
   * Stops listening and ends every link.
   * @param scope `node` tells members that this node leaves; `link` (the default) only that this run ends.
   * @param done runs once everything is closed.
   */
  close(scope: "link" | "node" = "link", done: () => void = ignore): void {
    if (!this.#stopped) {
      this.#stopped = true;
      for (const handshake of this.#dialling) handshake.abort({ kind: "closed" });
      for (const room of [this.links, this.seeds])
        for (const connection of room) connection.goodbye(scope, "stopping");
      for (const probe of this.probes) probe.close();
    }
    this.#transport.close(done);
  }

  /** The promise form of {@link close}. May be called twice. */
  stop(scope: "link" | "node" = "link"): Promise<void> {
    return new Promise((resolve) => {
      this.close(scope, resolve);
    });
  }

  #accept(link: Link): void {
    const intent = {
      purpose: "member" as const,
      replaces: false,
      expect: undefined,
      timeoutMs: this.limits.handshakeTimeoutMs,
    };
    const take = (owner: LinkOwner): Link => {
      link.owner = owner;
      return link;
    };
    const handshake = new Handshake(this.#door, intent, take, (outcome) => {
      this.#halfOpen.delete(handshake);
      if (!("kind" in outcome)) this.#enter(link, outcome);
      else this.emit("turnedAway", { address: link.address, reason: outcome });
    });
    handshake.linkOpened(link);
    this.#halfOpen.add(handshake);
  }

  #dialled(
    link: Link,
    address: Address,
    outcome: Remote | CloseReason,
    done: (outcome: DialOutcome) => void = ignore,
  ): void {
    if ("kind" in outcome) this.#missed(address, outcome, done);
    else done({ connection: this.#enter(link, outcome) });
  }

  #missed(address: Address, reason: CloseReason, done: (outcome: DialOutcome) => void = ignore): void {
    done({ failed: reason });
    this.emit("missed", { address, reason });
  }

  #missLater(address: Address, reason: CloseReason, done?: (outcome: DialOutcome) => void): Cancel {
    return this.local.clock.after(0, () => this.#missed(address, reason, done));
  }

  #enter(link: Link, remote: Remote): Connection {
    const room = this.#roomOf(remote);
    const { clock } = this.local;
    const connection = new Connection(link, remote, room, clock.now());
    if (remote.purpose === "probe") this.#enterProbe(connection);
    else room.add(connection, room.get(remote.id));
    return connection;
  }

  #enterProbe(connection: Connection): void {
    const [oldest] = this.probes;
    if (this.probes.size >= this.limits.probesMax) oldest?.close();
    const { clock } = this.local;
    this.#probeEnds.set(
      connection,
      clock.after(this.limits.probeLifeMs, () => connection.close()),
    );
    this.probes.add(connection);
  }

  #roomOf(remote: Remote): LinkSet {
    if (remote.purpose === "probe") return this.probes;
    return remote.role === "seed" ? this.seeds : this.links;
  }

  #barring(id: PeerId, purpose: Purpose): Refusal | undefined {
    const bar = purpose === "member" ? this.#ledger.barOf(id) : undefined;
    if (bar === undefined) return undefined;
    const seconds = Math.ceil((bar.until - this.local.clock.now()) / 1000);
    return { code: "barred", detail: `for another ${seconds} s: ${bar.detail}` };
  }

  /** What speaks against a far end that has proved itself. Changes nothing. */
  #judge(remote: Remote, dialled: boolean): Refusal | undefined {
    if (this.#stopped) return { code: "stopping", detail: "this node is stopping" };
    if (remote.purpose === "probe") return undefined;
    const barring = this.#barring(remote.id, remote.purpose); // perhaps since its HELLO
    if (barring) return barring;
    const room = this.#roomOf(remote);
    const held = room.get(remote.id);
    if (held && !replacesHeld(tieOf(held, this.id), tieTo(remote, dialled, this.local))) {
      return { code: "duplicate", detail: `${shortId(remote.id)} has a link already` };
    }
    if (!dialled && !held && room.size >= this.limits.acceptedMax)
      return { code: "full", detail: "no place left" };
    for (const rule of this.#rules) {
      const refusal = rule(remote, held, dialled);
      if (refusal) return refusal;
    }
    return undefined;
  }
}

function ignore(): void {
  // Nothing to do.
}
