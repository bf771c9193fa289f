import {
  Ballot,
  Configuration,
  Ledger,
  NO_DIGEST,
  signLeave,
  signVote,
  verifyCertificate,
} from "@p2p/consensus";
import { createSigner, verifier } from "@p2p/identity";
import { parseAddress } from "@p2p/wire";

const peer = createSigner();
const seeds = [6000, 6001, 6002].map((port) => ({
  signer: createSigner(),
  address: parseAddress(`127.0.0.1:${port}`),
}));
const configuration = new Configuration({
  seeds: seeds.map(({ signer: { id }, address }) => ({ id, address })),
});
const { cfg, networkId, quorum } = configuration; // quorum: 2 of 3
const fact = { kind: "remove", peer: peer.id, incarnation: 1, digest: NO_DIGEST } as const;
const ballot = new Ballot(configuration, fact);
ballot.attachLeave(signLeave({ peer: peer.id, incarnation: 1 }, networkId, peer));
for (const { signer } of seeds.slice(0, quorum)) {
  ballot.cast(signVote({ cfg, fact, tick: 0, counter: 1, seed: signer.id }, networkId, signer));
}
const certificate = ballot.certificate(); // anybody who knows the seeds can check it, offline
if (certificate && verifyCertificate(certificate, configuration, verifier) === undefined) {
  console.log(new Ledger().admit(certificate)); // newer
}
