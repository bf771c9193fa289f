import { type Council, decodeCertificate, type Ledger, rank, verifyCertificate } from "@p2p/consensus";
import type { Verifier } from "@p2p/identity";
import { type AdmissionRule, Malformed, type Refusal, type Remote } from "@p2p/wire";

/**
 * Only members and the network's seeds may have a member link. A newcomer whose certificate has not come here yet
 * shows it in HELLO; checking it costs q + 1 signature checks, after the newcomer has proved its key. PROTOCOL.md §4.2.
 */
export function membersOnly(ledger: Ledger, configuration: Council, verifier: Verifier): AdmissionRule {
  const isCertified = ({ id, credential }: Remote): boolean => {
    if (credential === undefined) return false;
    const certificate = decodeCertificate(credential);
    if (certificate instanceof Malformed) return false;
    const { fact } = certificate;
    const known = ledger.standing(id)?.certificate.fact;
    return (
      fact.kind === "add" &&
      fact.peer === id &&
      !ledger.isVoid(certificate) &&
      (known === undefined || rank(fact) > rank(known)) &&
      verifyCertificate(certificate, configuration, verifier) === undefined
    );
  };
  return (remote) => {
    if (remote.role === "seed") return configuration.has(remote.id) ? undefined : NO_SEED;
    return ledger.isMember(remote.id) || isCertified(remote) ? undefined : NO_MEMBER;
  };
}

const NO_SEED: Refusal = { code: "seed", detail: "not a seed of this network" };
const NO_MEMBER: Refusal = { code: "member", detail: "not a member: register with the seeds first" };
