import type { Edge, PeerId } from "@p2p/identity";
import {
  type CloseReason,
  type Connection,
  type Lobby,
  type Random,
  type Refusal,
  type Remote,
  SafeEmitter,
} from "@p2p/wire";
import { Alarm } from "./alarm.ts";
import { Bridge } from "./bridge.ts";
import { Candidates, type Member } from "./candidates.ts";
import { DegreeDesk } from "./degree-desk.ts";
import { Neighbour } from "./neighbour.ts";
import { Neighbourhood } from "./neighbourhood.ts";
import { type EndedEdge, Notary } from "./notary.ts";
import { inboundMax, type OverlayOptions, type Settings, settingsOf } from "./options.ts";
import type { Attachment } from "./preferential-attachment.ts";
import { Pull } from "./pull.ts";
import { ANCHORS_MAX, Recruiter, type Sought } from "./recruiter.ts";

export interface OverlayEvents {
  /** A link has an edge that both ends signed. */
  linked: [news: { readonly neighbour: PeerId; readonly owner: PeerId }];
  /** A neighbour is gone: its link ended, and did not come back in the time a redial takes. */
  unlinked: [news: { readonly neighbour: PeerId; readonly owner: PeerId; readonly reason: CloseReason }];
  /** An edge of this node's own was signed or renewed, and wants to be reported to the seeds. */
  edge: [news: { readonly edge: Edge }];
  /** Both ends have ended an edge of this node's own: to be reported, too. The signatures are over its end. */
  edgeEnded: [news: { readonly end: EndedEdge }];
  /** A draw is over. */
  sought: [news: Sought];
  /** The last neighbour is gone, though members are known. */
  isolated: [];
}

/**
 * A node's place in the network: which members it has links with. Each node owns m links and re-draws only those when
 * they are lost; new ones go to members in proportion to the links that others vouch for. PROTOCOL.md §5.
 *
 * Owner of a link is the end that dialled it. What is lost for a moment, or redialled with `replaces`, keeps its owner
 * and its edge.
 */
export class Overlay extends SafeEmitter<OverlayEvents> {
  readonly #lobby: Lobby;
  readonly #settings: Settings;
  readonly #random: Random;
  readonly #candidates: Candidates;
  readonly #neighbourhood = new Neighbourhood();
  readonly #notary: Notary;
  readonly #bridge: Bridge;
  readonly #pull: Pull;
  readonly #recruiter: Recruiter;
  /** When a lost neighbour that will not come back is replaced. One for all of them: a search fills every gap. */
  readonly #repair: Alarm;
  #stopped = false;

  /** @throws RangeError on an option outside its range. */
  constructor(options: OverlayOptions) {
    super(options.lobby.local.clock);
    const { lobby } = options;
    this.#lobby = lobby;
    this.#settings = settingsOf(options);
    this.#random = lobby.local.random.fork("overlay");
    this.#candidates = new Candidates(lobby.id, this.#settings.netgroup);
    this.#bridge = new Bridge(this.#settings.timing.hintPauseMs);
    this.#pull = new Pull(this.#settings.attachment.power, this.#settings.m);
    this.#repair = new Alarm(lobby.local.clock);
    this.#notary = this.#makeNotary(options.incarnation);
    this.#recruiter = this.#makeRecruiter();
    lobby.admit((remote, _, dialled) => (dialled ? undefined : this.#judge(remote)));
    lobby.links.on("joined", (connection) => this.#joined(connection));
    lobby.links.on("left", (connection, reason) => this.#left(connection, reason));
  }

  /** Neighbours with a valid edge. */
  get degree(): number {
    return this.#neighbourhood.degree;
  }

  /** Neighbours with a valid edge whose link this node owns, without one that a seed asked for. */
  get owned(): number {
    return this.#neighbourhood.ownedEdges;
  }

  /** How the next neighbour is chosen: as the options say, and adjusted to what seeds tell of all degrees. */
  get attachment(): Attachment {
    return { ...this.#settings.attachment, power: this.#pull.power(this.#lobby.local.clock.now()) };
  }

  /** Members that are known, without this node. */
  get members(): number {
    return this.#candidates.size;
  }

  /** The current edges of this node, each signed by both ends. */
  edges(): Iterable<Edge> {
    return this.#neighbourhood.edges();
  }

  /**
   * The two neighbours this node has owned a link with for longest: to be remembered across restarts. Who can make a
   * node restart, and has filled the list of members meanwhile, would otherwise be drawn for all its links.
   */
  anchors(): PeerId[] {
    const owned = [...this.#neighbourhood].filter(
      ({ isOwn, isBridge, edge }) => isOwn && !isBridge && edge !== undefined,
    );
    const oldestFirst = owned.toSorted((one, other) => one.since - other.since);
    return oldestFirst.slice(0, ANCHORS_MAX).map(({ id }) => id);
  }

  /**
   * Names {@link anchors} of an earlier run, before {@link start}: two at most are linked with first, without a draw,
   * at the addresses at which they are members now. Who is no member any more is passed over.
   */
  remember(anchors: Iterable<PeerId>): void {
    this.#recruiter.remember(anchors);
  }

  /** Begins to look for neighbours. Others are let in before that, too. */
  start(): void {
    if (!this.#stopped) this.#recruiter.start();
  }

  /** Looks for nobody any more, and lets nothing else come due. The links stay; they are the lobby's to close. */
  stop(): void {
    this.#stopped = true;
    this.#repair.cancel();
    this.#recruiter.stop();
    this.#notary.stop();
    this.#neighbourhood.rest();
  }

  /** Members, new or known: the whole list or news of it. At most 10 000 are held. */
  offer(members: Iterable<Member>): void {
    let isNews = false;
    for (const member of members) {
      const reception = this.#candidates.offer(member);
      if (reception === "changed") this.#renewEdgeWith(member);
      if (reception === "changed" || reception === "new") isNews = true;
    }
    if (isNews) this.#recruiter.refresh();
  }

  /** Somebody is no member any more: its link is closed, its edge void, and another neighbour drawn for it. */
  forget(id: PeerId): void {
    this.#candidates.forget(id);
    this.#neighbourhood.forgetAway(id);
    const neighbour = this.#neighbourhood.get(id);
    if (neighbour === undefined) return;
    neighbour.edge = undefined;
    if (neighbour.connection === undefined) this.#part(neighbour, { kind: "closed", detail: "no member" });
    else neighbour.connection.goodbye("link", "no member");
  }

  /**
   * A seed sees the network in parts and names a member of another one. Unless the member is a neighbour already, or
   * of a netgroup where enough owned links go, it is dialled, and the link comes on top of the m: one such at a time,
   * one hint of each seed in `hintPauseMs`. It takes the place of the next owned link that is lost.
   * @param seed whoever gave the hint; must be one of the network's seeds.
   */
  bridge(peer: PeerId, seed: PeerId): void {
    const candidate = this.#candidates.get(peer);
    if (this.#stopped || candidate === undefined || this.#neighbourhood.has(peer)) return;
    if (this.#recruiter.courts(peer) || !this.#recruiter.hasRoomFor(candidate)) return;
    const stands = this.#neighbourhood.bridges.length > 0;
    if (!this.#bridge.turn(seed, peer, stands, this.#lobby.local.clock.now())) return;
    this.#lobby.dial(candidate.address, {
      expect: peer,
      done: (outcome) => {
        if ("failed" in outcome) this.#bridge.settle(peer);
      },
    });
  }

  /**
   * A seed tells how degrees are spread over the network. It counts for ten minutes, as one of as many words as there
   * are seeds, and moves the power of {@link attachment} by at most 0.5.
   * @param degrees how many members have 1, 2, 3 … links; the last number counts those with so many or more.
   * @param seed who says so; must be one of the network's seeds.
   */
  heardDegrees(degrees: readonly number[], seed: PeerId): void {
    this.#pull.hear(seed, degrees, this.#lobby.local.clock.now());
  }

  /** This node lives in a new incarnation: the edges of all its links are made anew. */
  renewEdges(): void {
    for (const neighbour of this.#neighbourhood) this.#notary.offer(neighbour);
  }

  #renewEdgeWith({ peer, incarnation }: Member): void {
    const neighbour = this.#neighbourhood.get(peer);
    if (neighbour?.isOwn && incarnation > neighbour.incarnation) this.#notary.offer(neighbour);
  }

  #judge({ id, role, replaces, session }: Remote): Refusal | undefined {
    const { m, cap } = this.#settings;
    if (role !== "peer" || this.#neighbourhood.inbound < inboundMax(m, cap)) return undefined;
    const known = this.#neighbourhood.recall(id);
    const comesBack = known?.isOwn === true && replaces && session === known.session;
    // Whose link is inbound already takes its own place.
    if (comesBack || this.#neighbourhood.get(id)?.isOwn === false) return undefined;
    return { code: "full", detail: `${this.#neighbourhood.inbound} links of others already` };
  }

  #joined(connection: Connection): void {
    if (this.#stopped) return;
    const known = this.#neighbourhood.recall(connection.id);
    const neighbour = known?.continuesOn(connection) ? known : this.#newNeighbour(connection);
    neighbour.resume(connection);
    this.#neighbourhood.enter(neighbour);
    if (neighbour.edge === undefined) this.#notary.expectEdge(neighbour);
    if (neighbour.isOwn) this.#welcome(neighbour);
    if (known !== undefined && known !== neighbour) this.#displaced(known);
    if (neighbour.edge !== undefined) this.#tellLinked(neighbour);
  }

  /** Both had dialled, or the neighbour is a new run of itself: what was agreed before is void, its ownership too. */
  #displaced(known: Neighbour): void {
    if (known.isOwn && !this.#neighbourhood.get(known.id)?.isOwn) this.#recruiter.settle(known.id, "linked");
    if (known.isBridge) this.#bridge.settle(known.id);
    this.#recruiter.seek();
    this.#tellUnlinked(known, { kind: "replaced" });
  }

  #newNeighbour(connection: Connection): Neighbour {
    const { dialled, remote, id } = connection;
    const isBridge = dialled && !this.#recruiter.courts(id) && this.#bridge.leadsTo(id);
    const isSpare = dialled && (remote.replaces || isBridge || this.#recruiter.courts(id));
    const neighbour = new Neighbour(connection, dialled, isSpare, this.#lobby.local.clock);
    neighbour.isBridge = isBridge;
    return neighbour;
  }

  /** A link of this node's own is up. */
  #welcome(neighbour: Neighbour): void {
    const { id, edge, offered } = neighbour;
    if (edge === undefined || offered !== undefined)
      this.#notary.offer(neighbour, this.#recruiter.degreeSeen(id));
    this.#releaseSurplus();
  }

  /**
   * A neighbour came back after another had been drawn for it, or a redial made this node an owner: the newest goes.
   * Of two links that seeds asked for the older goes, once the newer has its edge.
   */
  #releaseSurplus(): void {
    const [older, newer] = this.#neighbourhood.bridges;
    if (newer?.edge !== undefined) this.#release(older);
    if (this.#neighbourhood.owned <= this.#settings.m) return;
    const spare = [...this.#neighbourhood].filter(
      ({ isSpare, isBridge, isEnding, edge }) => isSpare && !isBridge && !isEnding && edge,
    );
    this.#release(spare.toSorted((one, other) => other.since - one.since)[0]);
  }

  #release(neighbour: Neighbour | undefined): void {
    if (neighbour?.edge === undefined) return;
    neighbour.isEnding = true;
    neighbour.patience.set(this.#settings.timing.edgeTimeoutMs, () =>
      neighbour.connection?.goodbye("link", "released"),
    );
    this.#notary.end(neighbour, neighbour.edge);
  }

  #left(connection: Connection, reason: CloseReason): void {
    const neighbour = this.#neighbourhood.on(connection);
    if (this.#stopped || reason.kind === "replaced" || neighbour === undefined) return;
    neighbour.connection = undefined;
    const mayReturn = reason.kind === "broken" && neighbour.edge !== undefined && !neighbour.isEnding;
    if (!mayReturn) return this.#part(neighbour, reason);
    neighbour.patience.set(this.#jitterMs(), () => {
      this.#depart(neighbour, reason);
      this.#recruiter.seek();
    });
  }

  /** Gone for good. Who was only being courted is replaced at once, a neighbour after a moment. */
  #part(neighbour: Neighbour, reason: CloseReason): void {
    // A link that the other end dialled says nothing about a dial of this node's own that is still under way.
    const wasCourted = neighbour.isOwn && this.#recruiter.courts(neighbour.id);
    this.#depart(neighbour, reason);
    if (wasCourted) this.#recruiter.settle(neighbour.id, "avoid");
    else if (!this.#stopped && !this.#repair.isSet)
      this.#repair.set(this.#jitterMs(), () => this.#recruiter.seek());
  }

  #depart(neighbour: Neighbour, reason: CloseReason): void {
    this.#neighbourhood.leave(neighbour);
    this.#bridge.settle(neighbour.id);
    if (neighbour.isOwn && !neighbour.isBridge) this.#promote();
    this.#tellUnlinked(neighbour, reason);
    if (this.#neighbourhood.size === 0 && this.#candidates.size > 0) this.emit("isolated");
  }

  /** An owned link is lost: one that a seed asked for takes its place. */
  #promote(): void {
    const [bridge] = this.#neighbourhood.bridges;
    if (bridge?.edge !== undefined && this.#neighbourhood.owned < this.#settings.m) bridge.isBridge = false;
  }

  #jitterMs(): number {
    return this.#settings.timing.repairJitterMs * (0.25 + 0.75 * this.#random.next());
  }

  #signed(neighbour: Neighbour, edge: Edge): void {
    this.#bridge.settle(neighbour.id);
    if (neighbour.isOwn) this.#recruiter.settle(neighbour.id, "linked");
    if (neighbour.isOwn) this.#releaseSurplus();
    this.#tellLinked(neighbour);
    if (neighbour.isOwn) this.emit("edge", { edge });
  }

  #ended(neighbour: Neighbour, end: EndedEdge): void {
    if (neighbour.isEnding) neighbour.connection?.goodbye("link", "released");
    if (neighbour.isOwn) this.emit("edgeEnded", { end });
  }

  #tellLinked(neighbour: Neighbour): void {
    if (neighbour.isTold) return;
    neighbour.isTold = true;
    this.emit("linked", { neighbour: neighbour.id, owner: this.#ownerOf(neighbour) });
  }

  #tellUnlinked(neighbour: Neighbour, reason: CloseReason): void {
    if (!neighbour.isTold) return;
    neighbour.isTold = false;
    this.emit("unlinked", { neighbour: neighbour.id, owner: this.#ownerOf(neighbour), reason });
  }

  #ownerOf({ id, isOwn }: Neighbour): PeerId {
    return isOwn ? this.#lobby.id : id;
  }

  #makeNotary(incarnation: () => number): Notary {
    return new Notary({
      links: this.#lobby.links,
      neighbourhood: this.#neighbourhood,
      m: this.#settings.m,
      timing: this.#settings.timing,
      random: this.#random,
      incarnation,
      incarnationOf: (id) => this.#candidates.get(id)?.incarnation ?? 0,
      signed: (neighbour, edge) => this.#signed(neighbour, edge),
      ended: (neighbour, end) => this.#ended(neighbour, end),
    });
  }

  #makeRecruiter(): Recruiter {
    return new Recruiter({
      ...this.#settings,
      attachment: () => this.attachment,
      lobby: this.#lobby,
      candidates: this.#candidates,
      neighbourhood: this.#neighbourhood,
      desk: new DegreeDesk(this.#lobby, () => this.#neighbourhood.edges()),
      random: this.#random,
      sought: (news) => this.emit("sought", news),
    });
  }
}
