import * as consensusFrames from "../packages/consensus/src/frames.ts";
import * as gossipFrames from "../packages/gossip/src/index.ts";
import * as livenessFrames from "../packages/liveness/src/frames.ts";
import * as overlayFrames from "../packages/overlay/src/frames.ts";
import * as seedFrames from "../packages/seed/src/frames.ts";
import * as helloFrames from "../packages/wire/src/hello.ts";
import { FrameType } from "../packages/wire/src/index.ts";

/** Every type of frame there is, by its number. */
export const types: ReadonlyMap<number, FrameType<unknown>> = new Map(
  [helloFrames, consensusFrames, livenessFrames, overlayFrames, seedFrames, gossipFrames]
    .flatMap((module) => Object.values<unknown>(module))
    .filter((value): value is FrameType<unknown> => value instanceof FrameType)
    .map((type) => [type.kind, type]),
);
