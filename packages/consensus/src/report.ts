import type { NetworkId, PeerId, Verifier } from "@p2p/identity";
import { type Address, type Field, incarnation, list, peerId, record } from "@p2p/wire";
import { type Accusation, accusation, verifyAccusation } from "./accusation.ts";
import { ELECTORATE_MAX } from "./electorate.ts";

/**
 * The bundle of accusations that makes seeds look for a member themselves. It proves itself: whoever brings it need
 * not be trusted, and each seed counts the accusers by its own electorate. PROTOCOL.md §6.3.
 */
export interface Report {
  readonly victim: PeerId;
  readonly incarnation: number;
  /** 1 to {@link ELECTORATE_MAX}, of different accusers, all against this life of this victim. */
  readonly accusations: readonly Accusation[];
}

/** A {@link Report} on the wire: `[victim, incarnation, accusations]`. */
export const report: Field<Report> = record({
  victim: peerId,
  incarnation,
  accusations: list(accusation, ELECTORATE_MAX, 1),
});

/**
 * What is wrong with a report, or `undefined`. Cheap checks first; at most {@link ELECTORATE_MAX} signature checks,
 * and none after the first that fails.
 */
export function verifyReport(given: Report, networkId: NetworkId, verifier: Verifier): string | undefined {
  const { victim, incarnation: life, accusations } = given;
  if (accusations.length === 0 || accusations.length > ELECTORATE_MAX) {
    return `${accusations.length} accusations, not 1 to ${ELECTORATE_MAX}`;
  }
  if (accusations.some((one) => one.victim !== victim || one.incarnation !== life)) {
    return "an accusation against somebody else";
  }
  if (new Set(accusersOf(given)).size < accusations.length) return "an accuser twice";
  return accusations.every((one) => verifyAccusation(one, networkId, verifier))
    ? undefined
    : "an accusation that its accuser did not sign";
}

/** Who accuses, in the order of the report. */
export function accusersOf({ accusations }: Report): PeerId[] {
  return accusations.map(({ accuser }) => accuser);
}

/**
 * How the original system writes a report: `Dead Node:<IP>:<Port>:<timestamp>:<ReporterIP>`, the timestamp in whole
 * seconds. For people; nothing is parsed from it. IPv6 hosts keep their brackets.
 * @param atMs wall time in milliseconds.
 */
export function deadNodeText(victim: Address, atMs: number, reporter: Address): string {
  const reporterHost = reporter.slice(0, reporter.lastIndexOf(":"));
  return `Dead Node:${victim}:${Math.floor(atMs / 1000)}:${reporterHost}`;
}
