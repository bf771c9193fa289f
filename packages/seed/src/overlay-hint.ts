import { type Certificate, certificate } from "@p2p/consensus";
import { FrameType, integer, Kind, list, optional, record } from "@p2p/wire";
import { DEGREES_MAX } from "./parts.ts";

/** What a seed sees of the overlay, which no peer can see from where it stands. PROTOCOL.md §8.5. */
export interface OverlayHint {
  /** The ADD of a member in another part of a network that fell apart: link with it. */
  readonly partner: Certificate | undefined;
  /** How many members have 1, 2, 3 … links; the last of 64 numbers counts those with 64 or more. Empty: not told. */
  readonly degrees: readonly number[];
}

export const OVERLAY_HINT: FrameType<OverlayHint> = new FrameType(
  Kind.overlayHint,
  "OVERLAY_HINT",
  record({ partner: optional(certificate), degrees: list(integer(), DEGREES_MAX) }),
);
