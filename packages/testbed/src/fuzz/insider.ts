import {
  ACCUSE,
  ALIVE,
  BACK_SOON,
  type ProofOfLife,
  signAccusation,
  signBackSoon,
  signLeave,
  signProofOfLife,
  signRegistration,
  signTick,
  signVote,
  TESTIMONY,
} from "@p2p/consensus";
import { BATCH, signBatch } from "@p2p/gossip";
import { type EdgeTerms, edgeEndStatement, edgeStatement, type PeerId, type Signer } from "@p2p/identity";
import { EDGE_END, EDGE_OFFER } from "@p2p/overlay";
import { BUMP, LEAVE, POLL, REGISTER, REPORT, TICK_VOTE, VOTE } from "@p2p/seed";
import { type FrameType, Malformed, type Random } from "@p2p/wire";

/** How long an edge is good for. */
const EDGE_MS = 600_000;

/** What an {@link Insider} signs with, and where. */
export interface InsiderOptions {
  readonly signer: Signer;
  /** Of a seed: what it votes with. */
  readonly voteSigner: Signer;
  readonly networkId: Uint8Array;
  readonly cfg: Uint8Array;
  /** In which life somebody is listed. */
  readonly incarnationOf: (id: PeerId) => number;
  readonly random: Random;
}

/** Types of frames in which an {@link Insider} names itself and signs. */
const SIGNED = [
  EDGE_OFFER,
  EDGE_END,
  ACCUSE,
  REPORT,
  ALIVE,
  TESTIMONY,
  POLL,
  BATCH,
  REGISTER,
  LEAVE,
  BACK_SOON,
  VOTE,
  BUMP,
  TICK_VOTE,
] as const;

/** Their kinds. */
export const SIGNED_KINDS: ReadonlySet<number> = new Set(SIGNED.map(({ kind }) => kind));

/** A node gone bad: it says anything, and signs it. What is almost right comes through all checks of signatures then. */
export class Insider {
  readonly #options: InsiderOptions;

  constructor(options: InsiderOptions) {
    this.#options = options;
  }

  get id(): PeerId {
    return this.#options.signer.id;
  }

  /**
   * `frame` as this node would say it to `to`: with its name where the speaker's stands, and signed.
   * @returns the same frame where there is nothing to sign, or nothing that can be.
   */
  sign(frame: Uint8Array, to: PeerId): Uint8Array {
    try {
      return this.#signed(frame, to) ?? frame;
    } catch (error) {
      if (error instanceof RangeError) return frame; // that cannot even be signed
      throw error;
    }
  }

  #signed(frame: Uint8Array, to: PeerId): Uint8Array | undefined {
    const { signer, voteSigner, networkId, cfg } = this.#options;
    const { id } = signer;
    const own = { peer: id };
    const proved = (proof: ProofOfLife): ProofOfLife =>
      signProofOfLife({ ...proof, ...own }, networkId, signer);
    return (
      changed(EDGE_OFFER, frame, (offer) => {
        const terms = this.#between(offer.terms, to);
        return { ...offer, terms, signature: signer.sign(edgeStatement(terms, networkId)) };
      }) ??
      changed(EDGE_END, frame, ({ terms: given }) => {
        const terms = this.#between(given, to);
        return { terms, signature: signer.sign(edgeEndStatement(terms, networkId)) };
      }) ??
      changed(ACCUSE, frame, ({ accusation, nonce }) => ({
        accusation: signAccusation({ ...accusation, accuser: id }, networkId, signer),
        nonce,
      })) ??
      changed(REPORT, frame, ({ report }) => ({
        report: {
          ...report,
          accusations: report.accusations.map((one) =>
            signAccusation({ ...one, accuser: id }, networkId, signer),
          ),
        },
      })) ??
      changed(ALIVE, frame, ({ proof }) => ({ proof: proved(proof) })) ??
      changed(TESTIMONY, frame, ({ proof, ...rest }) => ({ ...rest, proof: proof && proved(proof) })) ??
      changed(POLL, frame, ({ proof, ...rest }) => ({ ...rest, proof: proof && proved(proof) })) ??
      changed(BATCH, frame, (batch) => signBatch({ ...batch, origin: id }, networkId, signer)) ??
      changed(REGISTER, frame, ({ registration }) => ({
        registration: signRegistration({ ...registration, ...own }, networkId, signer),
      })) ??
      changed(LEAVE, frame, ({ leave }) => ({ leave: signLeave({ ...leave, ...own }, networkId, signer) })) ??
      changed(BACK_SOON, frame, ({ backSoon }) => ({
        backSoon: signBackSoon({ ...backSoon, ...own }, networkId, signer),
      })) ??
      changed(VOTE, frame, ({ vote, ...rest }) => ({
        ...rest,
        vote: signVote({ ...vote, cfg, seed: id }, networkId, voteSigner),
      })) ??
      changed(BUMP, frame, ({ vote }) => ({
        vote: signVote({ ...vote, cfg, seed: id }, networkId, voteSigner),
      })) ??
      changed(TICK_VOTE, frame, ({ tick }) => signTick(tick, { cfg, networkId }, voteSigner, id))
    );
  }

  /**
   * The same of an edge between these two, of a span that is taken, at times the last there is. The lives are mostly theirs,
   * and the link mostly this node's.
   */
  #between(terms: EdgeTerms, to: PeerId): EdgeTerms {
    const { id } = this;
    const [a, b] = id < to ? [id, to] : [to, id];
    const latest = Number.MAX_SAFE_INTEGER - EDGE_MS;
    const since = this.#options.random.next() < 0.2 ? latest : Math.min(terms.since, latest);
    const owner = this.#options.random.next() < 0.8 ? id : to;
    const [incarnationA, incarnationB] = [
      this.#life(a, terms.incarnationA),
      this.#life(b, terms.incarnationB),
    ];
    return { a, incarnationA, b, incarnationB, owner, since, until: since + EDGE_MS };
  }

  #life(id: PeerId, said: number): number {
    return this.#options.random.next() < 0.8 ? this.#options.incarnationOf(id) : said;
  }
}

/** The frame with what `change` makes of what it carries; nothing when it is of another type, or cannot be read. */
function changed<T>(type: FrameType<T>, frame: Uint8Array, change: (value: T) => T): Uint8Array | undefined {
  if (frame[0] !== type.kind) return undefined;
  const value = type.decode(frame);
  return value instanceof Malformed ? undefined : type.encode(change(value));
}
