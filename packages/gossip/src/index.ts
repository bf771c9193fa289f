export { BATCH, BATCH_PAYLOADS_MAX, type Batch, PAYLOAD_BYTES_MAX, readBatch } from "./batch.ts";
export { batchStatement, signBatch, type UnsignedBatch, verifyBatch } from "./batch-signature.ts";
export type { Evidence, Gap, GossipEvents, Range, RejectReason, ValidatorFailure } from "./events.ts";
export { flood, type Strategy } from "./flood.ts";
export { Gossip } from "./gossip.ts";
export type { Membership, Standing } from "./membership.ts";
export { type Message, messageText } from "./message.ts";
export type { GossipCounts, GossipOptions, GossipSettings } from "./options.ts";
export type { Backlog, PublishResult } from "./publication.ts";
export type { Validator, Verdict } from "./question.ts";
export { DEFAULT_RATE, type Rate } from "./rate.ts";
export {
  DIGEST,
  DIGEST_ANSWER,
  type Digest,
  type Listing,
  REPAIR,
  type RunSummary,
  WANT,
} from "./repair-frames.ts";
export { DEFAULT_STORE_LIMITS, type StoreLimits } from "./store.ts";
export { ASSIGNMENT_TIMING, type GossipTiming, LAN_TIMING } from "./timing.ts";
