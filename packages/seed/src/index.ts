export type { CaseBook } from "./case-book.ts";
export type { EdgeBook } from "./edge-book.ts";
export type { CaseOutcome, CaseReason, DoubleVote, Misconduct, PeerNews, SeedEvents } from "./events.ts";
export * from "./frames.ts";
export type { Admission } from "./registrar.ts";
export type { RemovalReason } from "./removal-reason.ts";
export { Seed } from "./seed.ts";
export type { SeedOptions } from "./seed-options.ts";
export { ASSIGNMENT_TIMING, LAN_TIMING, type SeedTiming } from "./timing.ts";
