import type { Certificate, SeedEntry } from "@p2p/consensus";
import { P2PError, type PeerId, shortId } from "@p2p/identity";
import type { Application, Rejection } from "./application.ts";

/** The peer was told to go before it became a member. */
export function stopped(why: string): P2PError {
  return new P2PError("STOPPED", `the peer did not become a member: ${why}`);
}

/** So many seeds are of another network that a quorum cannot be had. */
export function mismatched(
  strangers: readonly { readonly entry: SeedEntry; readonly detail: string }[],
): P2PError {
  const [first] = strangers;
  return new P2PError(
    "NETWORK_MISMATCH",
    `the seeds are of another network or version (${first?.entry.address}: ${first?.detail}); take over theirs`,
  );
}

/** Somebody else speaks with this peer's key, as `certificate` shows. */
export function inUse({ fact, registration }: Certificate): P2PError {
  const where = registration === undefined ? "" : ` at ${registration.address}`;
  return new P2PError(
    "IDENTITY_IN_USE",
    `another process uses this peer's key (incarnation ${fact.incarnation}${where}): its state directory was copied ` +
      "or is used twice; stop one of the two, or delete the copy's key file to make it a peer of its own",
  );
}

/** So many seeds said no that the others are fewer than a quorum. */
export function refused({ registration, rejections }: Application): P2PError {
  const { address } = registration;
  const said = reasonsOf(rejections);
  const codes = new Set(rejections.map(({ code }) => code));
  if (codes.has("unreachable") && codes.size === 1) {
    return new P2PError(
      "NOT_DIALABLE",
      `the seeds cannot reach this peer at ${address}: open that port to them, or advertise an address that ` +
        `others can dial (${said})`,
    );
  }
  codes.delete("unreachable");
  if (codes.has("address") && codes.size === 1)
    return new P2PError("NOT_DIALABLE", `the seeds do not dial this peer at ${address}: ${said}`);
  return new P2PError(
    "REGISTRATION_REJECTED",
    `the seeds refuse this peer, registered at ${address}; ask whoever runs them, or mend what they name: ${said}`,
  );
}

/** What seeds said, each reason once. */
function reasonsOf(rejections: readonly Rejection[]): string {
  const seeds = new Map<string, PeerId[]>();
  for (const { seed, code, detail } of rejections) {
    const reason = `${code}, ${detail}`;
    seeds.set(reason, [...(seeds.get(reason) ?? []), seed]);
  }
  return [...seeds].map(([reason, ids]) => `${ids.map(shortId).join(" and ")}: ${reason}`).join("; ");
}
