import type { P2PError, PeerId, Signer, Verifier } from "@p2p/identity";
import type { Address } from "./address.ts";
import type { Cancel, Clock } from "./clock.ts";
import { Malformed } from "./codec.ts";
import { IAM, iamStatement, introductionTo, WHO } from "./hello.ts";
import type { Random } from "./random.ts";
import type { Channel, CloseReason, Link, LinkOwner, Transport } from "./transport.ts";

/** Who answers at an address, by its own signed word, and which seeds it knows of. */
export interface Introduction {
  readonly id: PeerId;
  readonly seeds: readonly PeerId[];
}

/** What asking for an introduction stands on. */
export interface WhoPorts {
  readonly transport: Transport;
  readonly verifier: Verifier;
  readonly clock: Clock;
  readonly random: Random;
}

/** What introducing oneself stands on. */
export interface IntroducePorts {
  readonly transport: Transport;
  readonly signer: Signer;
  readonly clock: Clock;
}

/**
 * Asks whoever listens at `to` who it is (WHO, IAM; PROTOCOL.md §4.5), before HELLO and whatever its network. The
 * answer proves a key, not that it is the right one: that is for the caller to know.
 * @param timeoutMs default 4 000.
 * @param done told once, never inside this call.
 */
export function askWho(
  { transport, verifier, clock, random }: WhoPorts,
  to: Address,
  done: (answer: Introduction | CloseReason) => void,
  timeoutMs = 4000,
): void {
  const nonce = random.bytes(32);
  let answered = false;
  const end = (link: Link, answer: Introduction | CloseReason): void => {
    if (answered) return;
    answered = true;
    cancel();
    link.close();
    done(answer);
  };
  const link = transport.dial(to, {
    linkOpened: (opened) => void opened.send(WHO.encode({ nonce })),
    linkFrame: (from, frame) => end(from, readIntroduction(frame, nonce, verifier, from.channel)),
    linkDrained: () => undefined,
    linkClosed: (closed, reason) => end(closed, reason),
  });
  const cancel = clock.after(timeoutMs, () =>
    end(link, { kind: "unreachable", detail: `no answer in ${timeoutMs} ms` }),
  );
}

/** Links of an introducer that may stand at a time, and for how long, in milliseconds. */
const GUESTS_MAX = 256;
const GUEST_LIFE_MS = 5000;

/**
 * Listens at `at`, answers whoever asks who this is, once, and nothing else: for a seed that does not know yet who the
 * other seeds are, and so cannot say which network it is in. At most 256 links stand at a time, the oldest going first,
 * each for 5 s. Close the transport before its lobby listens there.
 * @param done gets the bound address, or why not; never inside this call.
 */
export function introduce(
  { transport, signer, clock }: IntroducePorts,
  at: Address,
  done: (bound: Address | P2PError) => void,
): void {
  const guests = new Map<Link, Cancel>(); // oldest first
  const owner: LinkOwner = {
    linkOpened(link) {
      const [oldest] = guests.keys();
      if (guests.size >= GUESTS_MAX) oldest?.close();
      guests.set(
        link,
        clock.after(GUEST_LIFE_MS, () => link.close()),
      );
    },
    linkFrame(link, frame) {
      const who = WHO.decode(frame);
      if (who instanceof Malformed) return link.close({ kind: "misbehaved", detail: who.detail });
      link.send(introductionTo(who, signer, []));
      link.close();
    },
    linkDrained: () => undefined,
    linkClosed(link) {
      guests.get(link)?.();
      guests.delete(link);
    },
  };
  transport.listen(at, owner, done);
}

function readIntroduction(
  frame: Uint8Array,
  nonce: Uint8Array,
  verifier: Verifier,
  channel: Channel | undefined,
): Introduction | CloseReason {
  const iam = IAM.decode(frame);
  if (iam instanceof Malformed) return { kind: "mistaken", detail: iam.detail };
  if (channel && channel.id !== iam.id) {
    return { kind: "mistaken", detail: "the channel proved another key than IAM names" };
  }
  if (!verifier.verify(iam.id, iamStatement(nonce, iam.seeds), iam.signature)) {
    return { kind: "mistaken", detail: "IAM with a bad signature" };
  }
  return { id: iam.id, seeds: iam.seeds };
}
