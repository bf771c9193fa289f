import { EDGE_SPAN_MAX_MS } from "@p2p/identity";
import { type Address, type Lobby, netgroup } from "@p2p/wire";
import { DEGREE_EDGES_MAX } from "./frames.ts";
import { type Attachment, DEFAULT_ATTACHMENT } from "./preferential-attachment.ts";
import { ASSIGNMENT_TIMING, type OverlayTiming } from "./timing.ts";

/** Most links that a node may own. */
const M_MAX = 16;

/** What the figures of the package are measured with. */
export const DEFAULTS = { m: 3, cap: 64, askedMax: 32 } as const;

export interface OverlayOptions {
  /** The node's door. The overlay dials and admits through it, and keeps its `links`. */
  readonly lobby: Lobby;
  /** This node's own incarnation, asked at each signature; call {@link Overlay.renewEdges} when it has changed. */
  readonly incarnation: () => number;
  /** Links that this node owns, where there are members enough. Default 3. 1 to 16. */
  readonly m?: number | undefined;
  /**
   * Most links in all: m owned, one that a seed asked for, and the rest others'; beyond, newcomers are refused with
   * `full`. One more while a link takes another's place. Default 64. 2m + 1, which leaves everybody as much room as it
   * needs of others, to 128.
   */
  readonly cap?: number | undefined;
  /** How the next neighbour is chosen while the network grows. Default `{ power: 1.3, uniform: 0.1 }`. */
  readonly attachment?: Partial<Attachment> | undefined;
  /** Candidates that are asked in a round. Default 32. 1 to 64. */
  readonly askedMax?: number | undefined;
  /** Default {@link ASSIGNMENT_TIMING}. */
  readonly timing?: Partial<OverlayTiming> | undefined;
  /** The group an address shares its fate with. Default: `netgroup` of `@p2p/wire`. */
  readonly netgroup?: ((address: Address) => string) | undefined;
}

/** The options, each of them there and within its range. */
export interface Settings {
  readonly m: number;
  readonly cap: number;
  readonly askedMax: number;
  readonly attachment: Attachment;
  readonly timing: OverlayTiming;
  readonly netgroup: (address: Address) => string;
}

/** @throws RangeError on an option outside its range. */
export function settingsOf(options: OverlayOptions): Settings {
  const m = count("m", options.m ?? DEFAULTS.m, 1, M_MAX);
  return {
    m,
    cap: count("cap", options.cap ?? DEFAULTS.cap, 2 * m + 1, DEGREE_EDGES_MAX),
    askedMax: count("askedMax", options.askedMax ?? DEFAULTS.askedMax, 1, 64),
    attachment: checkAttachment({ ...DEFAULT_ATTACHMENT, ...options.attachment }),
    timing: checkTiming({ ...ASSIGNMENT_TIMING, ...options.timing }),
    netgroup: options.netgroup ?? publicNetgroup,
  };
}

/** By {@link netgroup}'s own rules. */
function publicNetgroup(address: Address): string {
  return netgroup(address);
}

/** Most links that others own: room is kept for the m own ones, and one that a seed asks for. */
export function inboundMax(m: number, cap: number): number {
  return cap - m - 1;
}

function count(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} is an integer from ${min} to ${max}, not ${value}`);
}

function checkAttachment(attachment: Attachment): Attachment {
  within("attachment.power", attachment.power, 0, 3);
  within("attachment.uniform", attachment.uniform, 0, 1);
  return attachment;
}

function checkTiming(timing: OverlayTiming): OverlayTiming {
  within("edgeLifeMs", timing.edgeLifeMs, 10_000, EDGE_SPAN_MAX_MS);
  if (!Number.isInteger(timing.edgeLifeMs))
    throw new RangeError(`edgeLifeMs is an integer, not ${timing.edgeLifeMs}`);
  for (const name of ["edgeTimeoutMs", "askTimeoutMs", "hintPauseMs", "retryMinMs"] as const)
    within(name, timing[name], 1, 3_600_000);
  within("repairJitterMs", timing.repairJitterMs, 0, 3_600_000);
  within("retryMaxMs", timing.retryMaxMs, timing.retryMinMs, 3_600_000);
  return timing;
}

function within(name: string, value: number, min: number, max: number): void {
  if (!(value >= min && value <= max))
    throw new RangeError(`${name} lies between ${min} and ${max}, not ${value}`);
}
