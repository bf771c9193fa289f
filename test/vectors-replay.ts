import { type Signer, toHex, verifier } from "../packages/identity/src/index.ts";
import { Handshake } from "../packages/wire/src/handshake.ts";
import {
  type Channel,
  type Hello,
  type Link,
  type LinkOwner,
  parseAddress,
  systemRandom,
} from "../packages/wire/src/index.ts";
import { configuration, networkId } from "./vectors-cast.ts";

/** What came of a handshake that was fed with what the other end said. */
export interface Replay {
  readonly sent: readonly string[];
  readonly outcome: unknown;
}

/** One end of a handshake by the real code: over `channel` it wants to say `hello`, and hears `frames`. */
export function replay(
  hello: Hello,
  signer: Signer,
  channel: Channel,
  from: string,
  dialled: boolean,
  frames: readonly Uint8Array[],
): Replay {
  const sent: string[] = [];
  let outcome: unknown;
  const clock = { now: () => 0, wallTime: () => 0, after: () => () => undefined };
  // The nonce is all that a handshake draws.
  const random = { ...systemRandom, bytes: () => hello.nonce };
  const { session, software, role, purpose, replaces, reads = 1 } = hello;
  const local = { id: signer.id, signer, verifier, networkId, clock, random, address: hello.listen };
  const door = {
    local,
    network: configuration.network,
    role,
    session,
    software,
    reads,
    credential: nothing,
    bar: nothing,
    judge: nothing,
  };
  const link: Link = {
    ...deadEnd,
    channel,
    dialled,
    address: parseAddress(from),
    send: (frame) => sent.push(toHex(frame)) > 0,
  };
  const owned = (owner: LinkOwner): Link => Object.assign(link, { owner });
  const intent = { purpose, replaces, expect: undefined, timeoutMs: 5000 };
  const handshake = new Handshake(door, intent, owned, (is) => {
    outcome = is;
  });
  handshake.linkOpened(link);
  for (const frame of frames) handshake.linkFrame(link, frame);
  return { sent, outcome };
}

const nothing = (): undefined => undefined;
const deadEnd: Omit<Link, "channel" | "dialled" | "address" | "send"> = {
  owner: { linkOpened: nothing, linkFrame: nothing, linkDrained: nothing, linkClosed: nothing },
  queuedBytes: 0,
  pause: nothing,
  resume: nothing,
  close: nothing,
};
