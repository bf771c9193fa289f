import type { P2PError, PeerId, Signer, Verifier } from "@p2p/identity";
import type { Address } from "./address.ts";
import type { Clock } from "./clock.ts";
import { Malformed } from "./codec.ts";
import { IAM, iamStatement, WHO } from "./hello.ts";
import type { Random } from "./random.ts";
import type { CloseReason, Link, Transport } from "./transport.ts";

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
    linkFrame: (from, frame) => end(from, readIntroduction(frame, nonce, verifier)),
    linkDrained: () => undefined,
    linkClosed: (closed, reason) => end(closed, reason),
  });
  const cancel = clock.after(timeoutMs, () =>
    end(link, { kind: "unreachable", detail: `no answer in ${timeoutMs} ms` }),
  );
}

/**
 * Listens at `at` and answers whoever asks who this is, and nothing else: for a seed that does not know yet who the
 * other seeds are, and so cannot say which network it is in. Close the transport before its lobby listens there.
 * @param done gets the bound address, or why not; never inside this call.
 */
export function introduce(
  transport: Transport,
  signer: Signer,
  at: Address,
  done: (bound: Address | P2PError) => void,
): void {
  transport.listen(
    at,
    {
      linkOpened: () => undefined,
      linkFrame: (link, frame) => {
        const who = WHO.decode(frame);
        if (who instanceof Malformed) return link.close({ kind: "misbehaved", detail: who.detail });
        link.send(
          IAM.encode({ id: signer.id, seeds: [], signature: signer.sign(iamStatement(who.nonce, [])) }),
        );
      },
      linkDrained: () => undefined,
      linkClosed: () => undefined,
    },
    done,
  );
}

function readIntroduction(
  frame: Uint8Array,
  nonce: Uint8Array,
  verifier: Verifier,
): Introduction | CloseReason {
  const iam = IAM.decode(frame);
  if (iam instanceof Malformed) return { kind: "mistaken", detail: iam.detail };
  if (!verifier.verify(iam.id, iamStatement(nonce, iam.seeds), iam.signature)) {
    return { kind: "mistaken", detail: "IAM with a bad signature" };
  }
  return { id: iam.id, seeds: iam.seeds };
}
