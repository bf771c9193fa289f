export { type AttestedLimits, attestedDegree, type EdgeJudge } from "./attested-degree.ts";
export { CANDIDATES_MAX, type Candidate, type Member } from "./candidates.ts";
export * from "./frames.ts";
export type { EndedEdge } from "./notary.ts";
export { inboundMax, type OverlayOptions } from "./options.ts";
export { Overlay, type OverlayEvents } from "./overlay.ts";
export {
  type Attachment,
  attachmentWeight,
  DEFAULT_ATTACHMENT,
  type DrawRule,
  type Prospect,
  preferentialAttachment,
} from "./preferential-attachment.ts";
export type { Sought } from "./recruiter.ts";
export { Spread } from "./spread.ts";
export { refusalChance } from "./stampede.ts";
export { ASSIGNMENT_TIMING, LAN_TIMING, type OverlayTiming } from "./timing.ts";
