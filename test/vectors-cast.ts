import {
  type Accusation,
  type BackSoon,
  type Certificate,
  Configuration,
  type ConfigurationSeat,
  type ConfigurationVote,
  type Fact,
  type JointCertificate,
  type Leave,
  NO_DIGEST,
  type OperatorSignature,
  type ProofOfLife,
  type Proposal,
  proposalOf,
  proposeConfiguration,
  type Ready,
  type Registration,
  readyStatement,
  registrationDigest,
  type Seal,
  sealStatement,
  signAccusation,
  signBackSoon,
  signConfiguration,
  signConfigurationVote,
  signLeave,
  signProofOfLife,
  signRegistration,
  signTick,
  signVote,
  type TickCertificate,
  type TickVote,
  type Vote,
  type VoteKeyAnnouncement,
  voteKeyStatement,
} from "../packages/consensus/src/index.ts";
import { type Batch, signBatch } from "../packages/gossip/src/index.ts";
import {
  createSigner,
  type Edge,
  type EdgeTerms,
  edgeEndStatement,
  edgeTerms,
  fromHex,
  type PeerId,
  peerIdFromKey,
  type Signer,
  sha256,
  signEdge,
  signInvitation,
} from "../packages/identity/src/index.ts";
import { parseAddress } from "../packages/wire/src/index.ts";

/** Who and what occurs in the vectors. Everything here is fixed, so they come out the same in every run. */

/** The private keys of RFC 8032 §7.1: tests 1, 2, 3, 1024 and SHA(abc). */
export const privateKeys: Readonly<Record<"seed1" | "seed2" | "seed3" | "anna" | "ben", string>> = {
  seed1: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
  seed2: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
  seed3: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
  anna: "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
  ben: "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
};

export type Name = keyof typeof privateKeys;

export const signers: Readonly<Record<Name, Signer>> = {
  seed1: createSigner(fromHex(privateKeys.seed1)),
  seed2: createSigner(fromHex(privateKeys.seed2)),
  seed3: createSigner(fromHex(privateKeys.seed3)),
  anna: createSigner(fromHex(privateKeys.anna)),
  ben: createSigner(fromHex(privateKeys.ben)),
};
const { anna, ben, seed1, seed2, seed3 } = signers;

export const configuration: Configuration = new Configuration({
  seeds: [seed1, seed2, seed3].map(({ id }, index) => ({
    id,
    address: parseAddress(`192.0.2.${index + 1}:6000`),
  })),
});
export const { networkId }: Configuration = configuration;

/** 32 bytes that stand for chance: the SHA-256 of a label. */
export function nonceOf(label: string): Uint8Array {
  return sha256(new TextEncoder().encode(label));
}

/** Somebody who signs nothing here. */
export function memberOf(label: string): PeerId {
  return peerIdFromKey(nonceOf(label));
}

const AT = 1_717_689_000_000;
export const LIFE = 1_717_689_000;

export const annaRegistration: Registration = signRegistration(
  {
    peer: anna.id,
    address: parseAddress("192.0.2.7:7001"),
    incarnation: LIFE,
    token: undefined,
    pow: undefined,
  },
  networkId,
  anna,
);

/** With everything that may be in it. */
export const benRegistration: Registration = signRegistration(
  {
    peer: ben.id,
    address: parseAddress("[2001:db8::8]:7002"),
    incarnation: LIFE + 7,
    token: fromHex("746f6b656e"),
    pow: fromHex("00ff"),
  },
  networkId,
  ben,
);

export const added: Fact = {
  kind: "add",
  peer: anna.id,
  incarnation: LIFE,
  digest: registrationDigest(annaRegistration, networkId),
};
export const removed: Fact = { kind: "remove", peer: anna.id, incarnation: LIFE, digest: NO_DIGEST };

export function voteOf(seed: Signer, fact: Fact, tick: number, counter: number): Vote {
  return signVote({ cfg: configuration.cfg, fact, tick, counter, seed: seed.id }, networkId, seed);
}

export const annaBackSoon: BackSoon = signBackSoon(
  { peer: anna.id, incarnation: LIFE, withinMs: 30_000 },
  networkId,
  anna,
);

export const annaLeave: Leave = signLeave({ peer: anna.id, incarnation: LIFE }, networkId, anna);

export const addition: Certificate = {
  fact: added,
  votes: [voteOf(seed1, added, 3, 1), voteOf(seed2, added, 4, 1)],
  registration: annaRegistration,
  leave: undefined,
};
export const removal: Certificate = {
  fact: removed,
  votes: [voteOf(seed2, removed, 18, 5), voteOf(seed3, removed, 19, 9)],
  registration: undefined,
  leave: undefined,
};
export const departure: Certificate = {
  fact: removed,
  votes: [voteOf(seed1, removed, 11, 2), voteOf(seed3, removed, 15, 3)],
  registration: undefined,
  leave: annaLeave,
};

/** Another network, with the same seeds: Ben may change them. */
export const operated: Configuration = new Configuration({
  seeds: configuration.seeds,
  operators: { needed: 1, keys: [ben.id] },
});
/** What the seeds vote with from then on. */
export const seed1Next: Signer = createSigner(sha256(new TextEncoder().encode("seed 1, next")));
/** The configuration after {@link operated}: seed 1 alone, where it was, and the second version of signed bytes. */
export const next: Configuration = proposeConfiguration(operated, {
  version: 2,
  seeds: configuration.seeds
    .filter(({ id }) => id === seed1.id)
    .map((entry) => ({ ...entry, voteKey: seed1Next.id })),
});
export const operatorSigned: OperatorSignature = signConfiguration(next, ben);
export const proposal: Proposal = proposalOf(next, [operatorSigned]);
export const configVotes: Readonly<Record<"old" | "new", ConfigurationVote>> = {
  old: signConfigurationVote(
    { cfg: next.cfg, side: "old", tick: 21, seed: seed1.id },
    operated.networkId,
    seed1,
  ),
  new: signConfigurationVote(
    { cfg: next.cfg, side: "new", tick: 21, seed: seed1.id },
    operated.networkId,
    seed1Next,
  ),
};
/** It takes two of the three old seeds, and the one new. */
export const joint: JointCertificate = {
  proposal,
  old: [seatOf("old"), seatOfSeed2()],
  new: [seatOf("new")],
};
export const ready: Ready = said({ cfg: next.cfg, seed: seed1.id }, readyStatement, seed1Next);
export const seal: Seal = said({ cfg: operated.cfg, next: next.cfg, seed: seed1.id }, sealStatement, seed1);
export const announcement: VoteKeyAnnouncement = said(
  { number: 1, seed: seed1.id, key: seed1Next.id },
  voteKeyStatement,
  seed1,
);

function seatOf(side: "old" | "new"): ConfigurationSeat {
  const { seed, tick: at, signature } = configVotes[side];
  return { seed, tick: at, signature };
}

function seatOfSeed2(): ConfigurationSeat {
  const terms = { cfg: next.cfg, side: "old", tick: 20, seed: seed2.id } as const;
  const { seed, tick: at, signature } = signConfigurationVote(terms, operated.networkId, seed2);
  return { seed, tick: at, signature };
}

function said<T>(
  terms: T,
  statement: (terms: T, network: Uint8Array) => Uint8Array,
  signer: Signer,
): T & { readonly signature: Uint8Array } {
  return { ...terms, signature: signer.sign(statement(terms, operated.networkId)) };
}

export const tickVotes: readonly TickVote[] = [seed1, seed3].map((seed) => signTick(20, configuration, seed));
export const tick: TickCertificate = {
  tick: 20,
  cfg: configuration.cfg,
  votes: tickVotes.map(({ seed, signature }) => ({ seed, signature })),
};

export const annaProof: ProofOfLife = signProofOfLife(
  { peer: anna.id, incarnation: LIFE, nonces: [nonceOf("nonce 1"), nonceOf("nonce 2")] },
  networkId,
  anna,
);

export const benAccusation: Accusation = signAccusation(
  { victim: anna.id, incarnation: LIFE, accuser: ben.id, at: AT + 60_000, lastSeen: AT + 30_000 },
  networkId,
  ben,
);

/** ben dialled anna: the owner is not the smaller id. */
export const terms: EdgeTerms = edgeTerms(
  { id: ben.id, incarnation: LIFE + 7 },
  { id: anna.id, incarnation: LIFE },
  AT + 10_000,
  AT + 610_000,
);
export const edge: Edge = {
  ...terms,
  signatureA: signEdge(terms, networkId, anna),
  signatureB: signEdge(terms, networkId, ben),
};
/** The same terms under the signatures that end them. */
export const ended: Edge = {
  ...terms,
  signatureA: anna.sign(edgeEndStatement(terms, networkId)),
  signatureB: ben.sign(edgeEndStatement(terms, networkId)),
};

export const batch: Batch = signBatch(
  {
    origin: anna.id,
    incarnation: LIFE,
    firstSequence: 3,
    at: AT + 20_000,
    payloads: ["hello", "wörld", ""].map((text) => new TextEncoder().encode(text)),
  },
  networkId,
  anna,
);

/** What an operator, here seed1's key, gives Anna to be let in before tick 1441. */
export const annaToken: Uint8Array = signInvitation({ peer: anna.id, untilTick: 1441 }, networkId, seed1);
