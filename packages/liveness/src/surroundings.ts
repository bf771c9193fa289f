import type { Lobby, Random } from "@p2p/wire";
import type { Directory } from "./directory.ts";
import type { LocalHealth } from "./local-health.ts";
import type { LivenessTiming } from "./timing.ts";

/** What all parts of {@link Liveness} stand on. */
export interface Surroundings {
  readonly lobby: Lobby;
  readonly directory: Directory;
  readonly timing: LivenessTiming;
  readonly random: Random;
  readonly health: LocalHealth;
}
