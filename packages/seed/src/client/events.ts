import type { Certificate, Member, SeedEntry } from "@p2p/consensus";
import type { P2PError, PeerId } from "@p2p/identity";
import type { Address, CloseReason } from "@p2p/wire";
import type { RemovalReason } from "../removal-reason.ts";
import type { Rejection } from "./application.ts";

/** What a `SeedClient` reports. */
export interface SeedClientEvents {
  /**
   * This peer is a certified member and holds the union of the lists of ⌊n/2⌋+1 seeds. `peers`: all others. `grey`: those
   * of them that answer seeds and often not their neighbours, as more than f of these seeds say; better link with others.
   */
  registered: [
    news: {
      readonly incarnation: number;
      readonly peers: readonly Member[];
      readonly grey: ReadonlySet<PeerId>;
    },
  ];
  /** Another peer is listed, or listed anew with a higher incarnation. Not told before `registered`. */
  added: [news: Member];
  /** Another peer is listed no longer. Not told before `registered`. */
  removed: [
    news: {
      readonly peer: PeerId;
      readonly incarnation: number;
      /** Where it was listed. */
      readonly address: Address;
      readonly reason: RemovalReason;
    },
  ];
  /** A seed sees the network in parts, and names a member of another part to link with. A hint, no more. */
  hinted: [news: { readonly seed: PeerId; readonly peer: PeerId }];
  /** A seed tells how many members have 1, 2, 3 … links: its word alone. At most 64 numbers. */
  charted: [news: { readonly seed: PeerId; readonly degrees: readonly number[] }];
  /** A seed will not certify this peer's registration. */
  rejected: [rejection: Rejection];
  /** A seed takes this peer's registration later, as too many come at a time; it is asked again by itself. Once for each seed. */
  delayed: [delay: Rejection];
  /** Too few seeds can be reached to become a member; told every `waitingEveryMs` while that lasts. */
  waiting: [news: { readonly missing: readonly SeedEntry[] }];
  /** A lasting link to a seed stands. */
  linked: [news: { readonly seed: PeerId }];
  /** A lasting link to a seed is gone; another seed is dialled in its place. */
  unlinked: [news: { readonly seed: PeerId; readonly reason: CloseReason }];
  /** This peer was voted out though it lives, or its lease ended before a quorum renewed it. It registers again by itself. */
  selfRemoved: [news: { readonly incarnation: number }];
  /**
   * So many seeds showed votes against this life, cast when they did not hear this peer, that others could complete a
   * removal with them at any time. It renews its membership by itself, with a higher incarnation: `renewed`.
   */
  bumped: [news: { readonly incarnation: number; readonly votes: number }];
  /** It is a member again. */
  rejoined: [news: { readonly incarnation: number }];
  /** Another configuration holds: these are the seeds from now on. */
  configurationChanged: [news: { readonly number: number; readonly seeds: readonly SeedEntry[] }];
  /**
   * The seeds sign in a version of signed bytes that this release does not read: it stays a member as long as its lease
   * lasts, half a lease at most, and needs a newer release. Told each time that somebody brings the configuration.
   */
  outdated: [news: { readonly version: number }];
  /** Its lease is renewed: it is listed in a later life, and was all the time. */
  renewed: [news: { readonly incarnation: number }];
  /** Another process speaks with this peer's key (`IDENTITY_IN_USE`). This one has stopped. */
  identityInUse: [news: { readonly error: P2PError; readonly certificate: Certificate }];
  /** Registering again met this machine's own trouble, e.g. `DISK_FAILED`. It is tried again. */
  stalled: [news: { readonly error: P2PError }];
}
