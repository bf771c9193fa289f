import { type Certificate, type Council, faultOfForm, verifyCertificate } from "@p2p/consensus";
import type { Verifier } from "@p2p/identity";

/** What a certificate that somebody brought is worth. */
export type Finding =
  | "genuine"
  /** It proves nothing, as a node with other rules might not have found: no reason to blame anybody. */
  | "unsound"
  /** A signature in it is false. Who passes things on checks them first, so this is the bringer's doing. */
  | "forged";

/** Examines a certificate: its form first, then at most n+1 signatures. */
export function examine(certificate: Certificate, configuration: Council, verifier: Verifier): Finding {
  if (verifyCertificate(certificate, configuration, verifier) === undefined) return "genuine";
  return faultOfForm(certificate, configuration) === undefined ? "forged" : "unsound";
}
