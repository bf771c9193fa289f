export type { RemovalReason } from "../removal-reason.ts";
export type { Rejection } from "./application.ts";
export type { ElectorateDone } from "./electorate-desk.ts";
export type { SeedClientEvents } from "./events.ts";
export { INCARNATION_FILE } from "./incarnation-file.ts";
export { OperatorClient, type OperatorClientEvents } from "./operator-client.ts";
export {
  type ResolvedSeeds,
  type ResolveOptions,
  resolveSeeds,
  type SeedLine,
} from "./resolve-seeds.ts";
export { SeedClient, type SeedClientOptions } from "./seed-client.ts";
export {
  ASSIGNMENT_TIMING,
  type ClientTiming,
  LAN_TIMING,
} from "./timing.ts";
