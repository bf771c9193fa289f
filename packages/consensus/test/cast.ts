import { createSigner, type PeerId, type Signer, sha256, type Verifier } from "@p2p/identity";
import { parseAddress } from "@p2p/wire";
import {
  type Accusation,
  type Certificate,
  Configuration,
  type Fact,
  NO_DIGEST,
  type Registration,
  registrationDigest,
  signAccusation,
  signRegistration,
  signVote,
  type Vote,
} from "../src/index.ts";

/** The people of these tests: the same name is the same key in every run. */
export function signerOf(name: string): Signer {
  return createSigner(hash(name));
}

export function hash(text: string): Uint8Array {
  return Uint8Array.from(sha256(new TextEncoder().encode(text)));
}

/** An id that nobody holds the key of, for tests that check no signature. */
export function idFrom(number: number): PeerId {
  return number.toString(16).padStart(64, "0") as PeerId;
}

/** Believes everything: for tests of what is checked besides signatures. */
export const credulous: Verifier = { verify: () => true };

export interface Cast {
  readonly configuration: Configuration;
  /** The seeds' signers in the order of the configuration. */
  readonly seeds: readonly Signer[];
}

export function castOf(n: number, faulty = 0): Cast {
  const signers = Array.from({ length: n }, (_, index) => signerOf(`seed ${index}`));
  const entries = signers.map(({ id }, index) => ({
    id,
    address: parseAddress(`127.0.0.1:${6000 + index}`),
  }));
  const configuration = new Configuration({ seeds: entries, faulty });
  const seeds = configuration.seeds.map(({ id }) => signers.find((signer) => signer.id === id) as Signer);
  return { configuration, seeds };
}

export function registrationOf(
  cast: Cast,
  signer: Signer,
  incarnation: number,
  address = "127.0.0.1:7001",
): Registration {
  const terms = {
    peer: signer.id,
    address: parseAddress(address),
    incarnation,
  };
  return signRegistration(terms, cast.configuration.networkId, signer);
}

export function addOf(cast: Cast, registration: Registration): Fact {
  const { peer, incarnation } = registration;
  return {
    kind: "add",
    peer,
    incarnation,
    digest: registrationDigest(registration, cast.configuration.networkId),
  };
}

export function removeOf(peer: PeerId, incarnation: number): Fact {
  return { kind: "remove", peer, incarnation, digest: NO_DIGEST };
}

/** The vote of seed number `seat`. */
export function voteOf(cast: Cast, seat: number, fact: Fact, tick = 5000, counter = 1): Vote {
  const signer = cast.seeds[seat] as Signer;
  const { cfg, networkId } = cast.configuration;
  return signVote({ cfg, fact, tick, counter, seed: signer.id }, networkId, signer);
}

/** The same, unsigned: for tests that check no signature. */
export function ballotPaper(cast: Cast, seat: number, fact: Fact, tick = 5000): Vote {
  const { cfg, seeds } = cast.configuration;
  const seed = (seeds[seat] as { id: PeerId }).id;
  return { cfg, fact, tick, counter: 1, seed, signature: new Uint8Array(64) };
}

export function additionOf(cast: Cast, registration: Registration): Certificate {
  const fact = addOf(cast, registration);
  return { fact, votes: votesOf(cast, fact), registration };
}

export function removalOf(cast: Cast, peer: PeerId, incarnation: number): Certificate {
  const fact = removeOf(peer, incarnation);
  return { fact, votes: votesOf(cast, fact) };
}

/** Votes of the first q seeds. */
export function votesOf(cast: Cast, fact: Fact): Vote[] {
  return Array.from({ length: cast.configuration.quorum }, (_, seat) => voteOf(cast, seat, fact));
}

export function accusationOf(
  cast: Cast,
  accuser: Signer,
  victim: PeerId,
  incarnation = 1,
  at = 9000,
): Accusation {
  const terms = { victim, incarnation, accuser: accuser.id, at, lastSeen: 1 };
  return signAccusation(terms, cast.configuration.networkId, accuser);
}

/** All sequences of one element of each list. */
export function* product<T>(lists: readonly (readonly T[])[]): Generator<T[]> {
  const [first, ...rest] = lists;
  if (first === undefined) yield [];
  else for (const tail of product(rest)) for (const head of first) yield [head, ...tail];
}
