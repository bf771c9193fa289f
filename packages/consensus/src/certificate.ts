import {
  concatBytes,
  keyOfPeerId,
  type PeerId,
  sameBytes,
  sha256,
  u64Bytes,
  type Verifier,
} from "@p2p/identity";
import {
  bytes32,
  type Field,
  integer,
  list,
  Malformed,
  optional,
  peerId,
  read,
  record,
  SEEDS_MAX,
  signature,
  write,
} from "@p2p/wire";
import type { Configuration } from "./configuration.ts";
import type { Council } from "./council.ts";
import { compareFacts, type Fact, fact, factIsSound, NO_DIGEST, rank, sameFact } from "./fact.ts";
import { type Leave, leave, verifyLeave } from "./leave.ts";
import { type Registration, registration, registrationDigest, verifyRegistration } from "./registration.ts";
import { ADD_SPAN_TICKS, REMOVE_SPAN_TICKS, spreadOf, type Vote, verifyVote } from "./vote.ts";

/**
 * A fact with the votes of a quorum: true for everybody who knows the seeds, whoever brought it. Any holder, seed or
 * peer, may pass it on and so finish the decision. PROTOCOL.md §10.4.
 */
export interface Certificate {
  readonly fact: Fact;
  /** Votes for exactly this fact, of q to n different seeds. */
  readonly votes: readonly Vote[];
  /** With an ADD: the registration whose hash the fact carries. */
  readonly registration?: Registration | undefined;
  /** With a REMOVE that the peer asked for itself: then the votes need not lie close together. */
  readonly leave?: Leave | undefined;
}

/** Longest certificate as bytes: 64 votes, the longest address, token and proof of work fit. */
export const CERTIFICATE_BYTES_MAX = 9216;

/** A vote in a certificate leaves out what all of them have in common. */
const seat: Field<Omit<Vote, "cfg" | "fact">> = record({
  seed: peerId,
  tick: integer(),
  counter: integer(),
  signature,
});

const fields = record({
  fact,
  cfg: bytes32,
  votes: list(seat, SEEDS_MAX, 1),
  registration: optional(registration),
  leave: optional(leave),
});

/**
 * A {@link Certificate} on the wire: `[fact, cfg, [[seed, tick, counter, signature], …], registration, leave]`. The
 * configuration is that of the first vote, so only a certificate whose votes agree survives the way.
 */
export const certificate: Field<Certificate> = {
  write({ fact: decided, votes, registration: registered, leave: left }) {
    const { cfg } = votes[0] as Vote;
    return fields.write({ fact: decided, cfg, votes, registration: registered, leave: left });
  },
  read(raw) {
    const { cfg, ...value } = fields.read(raw);
    return { ...value, votes: value.votes.map((one) => ({ cfg, fact: value.fact, ...one })) };
  },
};

/** `given` as bytes, to be stored: at most {@link CERTIFICATE_BYTES_MAX}, the caller's own. `given` has a vote at least. */
export function encodeCertificate(given: Certificate): Uint8Array {
  return write(certificate, given);
}

/** The certificate in `bytes`, not verified, or why there is none. Keeps nothing of `bytes`. Never throws. */
export function decodeCertificate(bytes: Uint8Array): Certificate | Malformed {
  if (bytes.length > CERTIFICATE_BYTES_MAX)
    return new Malformed(`longer than ${CERTIFICATE_BYTES_MAX} bytes`);
  return read(certificate, bytes);
}

/** Who has found which certificates good: an object that comes again is not checked again. */
const found = new WeakMap<Certificate, { readonly by: Verifier; readonly under: Configuration }>();

/**
 * Why a certificate proves nothing, or `undefined` when it does. Every vote in it has to be good, the surplus ones
 * included: nobody can weigh it down with junk. Cheap checks first; at most n+1 signature checks, none after the first
 * that fails, and none of an object that the same verifier found good before.
 */
export function verifyCertificate(
  given: Certificate,
  council: Council,
  verifier: Verifier,
): string | undefined {
  const configuration = council.under(cfgOf(given));
  const before = found.get(given);
  if (before?.by === verifier && before.under === configuration) return undefined;
  const fault = faultOfForm(given, configuration) ?? faultOfSignatures(given, configuration, verifier);
  if (fault === undefined) found.set(given, { by: verifier, under: configuration });
  return fault;
}

/** The part of {@link verifyCertificate} that checks no signature: an honest node with other rules may fail it. */
export function faultOfForm(given: Certificate, council: Council): string | undefined {
  const configuration = council.under(cfgOf(given));
  return (
    faultOfSeats(given, configuration) ?? faultOfAttachments(given, configuration) ?? faultOfTicks(given)
  );
}

/**
 * The other part of {@link verifyCertificate}, for a certificate of good form: nobody who has checked it passes one on
 * that fails here.
 */
export function faultOfSignatures(
  given: Certificate,
  council: Council,
  verifier: Verifier,
): string | undefined {
  const configuration = council.under(cfgOf(given));
  const { networkId } = configuration;
  const { registration: registered, leave: left, votes } = given;
  if (registered && !verifyRegistration(registered, networkId, verifier))
    return "a registration not signed by its peer";
  if (left && !verifyLeave(left, networkId, verifier)) return "a leave not signed by its peer";
  return votes.every((one) => verifyVote(one, configuration, verifier))
    ? undefined
    : "a vote not signed by its seed";
}

/** The configuration under which a certificate was made, by its own word; 32 zero bytes if there are no votes. */
export function cfgOf({ votes }: Pick<Certificate, "votes">): Uint8Array {
  return votes[0]?.cfg ?? NO_DIGEST;
}

/** How many ticks apart the votes of a certificate may lie: any number where the peer itself asked for its removal. */
export function spanTicksOf({
  fact: { kind },
  leave: left,
}: {
  readonly fact: Pick<Fact, "kind">;
  readonly leave?: Leave | undefined;
}): number {
  if (kind === "add") return ADD_SPAN_TICKS;
  return left === undefined ? REMOVE_SPAN_TICKS : Number.POSITIVE_INFINITY;
}

/**
 * When a certificate was made, in ticks: the (f+1)-th largest of its votes' ticks, so that f liars can make it neither
 * younger nor older than honest seeds have it. Its lease counts from there. PROTOCOL.md §10.7.
 */
export function certificateTick({ votes }: Pick<Certificate, "votes">, faulty: number): number {
  if (faulty === 0) return votes.reduce((newest, { tick }) => Math.max(newest, tick), 0);
  const newestFirst = votes.map(({ tick }) => tick).toSorted((a, b) => b - a);
  return newestFirst[Math.min(faulty, newestFirst.length - 1)] ?? 0;
}

/** SHA-256 over id ‖ u64 rank ‖ digest: the same for all certificates of one fact, whoever voted. */
export function certificateDigest({
  fact: { peer, digest, ...slot },
}: Pick<Certificate, "fact">): Uint8Array {
  return sha256(concatBytes([keyOfPeerId(peer), u64Bytes(rank(slot)), digest]));
}

/** Whether `a` takes the place of `b`, both of one peer: the higher rank, or of one rank the smaller digest. */
export function beats(a: Certificate, b: Certificate): boolean {
  return compareFacts(a.fact, b.fact) > 0;
}

/**
 * Whether two certificates, both valid, say different things of one rank. Then more than f seeds voted twice, and the
 * two together are the evidence.
 */
export function conflicts(a: Certificate, b: Certificate): boolean {
  return a.fact.peer === b.fact.peer && rank(a.fact) === rank(b.fact) && !sameFact(a.fact, b.fact);
}

function faultOfSeats(
  { fact: decided, votes }: Certificate,
  configuration: Configuration,
): string | undefined {
  const { quorum, size } = configuration;
  if (!factIsSound(decided)) return "a REMOVE has no digest";
  if (votes.length < quorum || votes.length > size) return `${votes.length} votes, not ${quorum} to ${size}`;
  const seats = new Set<PeerId>();
  for (const { cfg, seed, fact: voted } of votes) {
    if (!configuration.has(seed)) return "a vote of somebody who is no seed";
    if (!sameBytes(cfg, configuration.cfg)) return "a vote of another configuration";
    if (!sameFact(voted, decided)) return "a vote on something else";
    if (seats.has(seed)) return "a seed twice";
    seats.add(seed);
  }
  return undefined;
}

function faultOfAttachments(given: Certificate, configuration: Configuration): string | undefined {
  const { fact: decided, registration: registered, leave: left } = given;
  if (decided.kind === "remove") {
    if (registered !== undefined) return "a REMOVE with a registration";
    return left === undefined || isOf(decided, left) ? undefined : "a leave of something else";
  }
  if (left !== undefined) return "an ADD with a leave";
  if (registered === undefined) return "an ADD without its registration";
  if (!isOf(decided, registered)) return "a registration of something else";
  const digest = registrationDigest(registered, configuration.networkId);
  return sameBytes(digest, decided.digest) ? undefined : "a registration with another digest";
}

function faultOfTicks(given: Certificate): string | undefined {
  const [spread, span] = [spreadOf(given.votes), spanTicksOf(given)];
  return spread <= span ? undefined : `votes ${spread} ticks apart, not ${span} at most`;
}

function isOf(decided: Fact, attached: { readonly peer: PeerId; readonly incarnation: number }): boolean {
  return decided.peer === attached.peer && decided.incarnation === attached.incarnation;
}
