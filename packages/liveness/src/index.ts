export type { Directory, Listed } from "./directory.ts";
export { PING, type Ping, PONG, type Pong } from "./frames.ts";
export { LinkDirectory } from "./link-directory.ts";
export { Liveness, type LivenessEvents, type LivenessOptions } from "./liveness.ts";
export type { Life } from "./suspects.ts";
export { ASSIGNMENT_TIMING, LAN_TIMING, type LivenessTiming } from "./timing.ts";
