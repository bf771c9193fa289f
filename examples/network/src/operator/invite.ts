import { setTimeout as sleep } from "node:timers/promises";
import {
  describeInvitation,
  invitationText,
  isPeerId,
  type PeerId,
  readInvitation,
  signInvitation,
  verifier,
} from "@p2p/identity";
import { ASSIGNMENT_TIMING, LAN_TIMING } from "@p2p/seed";
import { NODE_OPTIONS, readNodeConfig } from "../node-setup.ts";
import { countOf, type Given, textOf, wordOf } from "../options.ts";
import { UsageError } from "../program.ts";
import { SECURITY_OPTIONS } from "../security.ts";
import type { Command } from "./command.ts";
import { OPERATOR_OPTION, readInviterKey } from "./operator-key.ts";
import { chainIn, openSession, type Session } from "./session.ts";

const DAY_MS = 86_400_000;
/** So long seeds that are linked have to tell what time it is. */
const TELL_MS = 500;
const TICKS_MAX = 1_000_000_000;

/** Signs an invitation for one peer. */
export const invite: Command = {
  usage: `Prints an invitation for one peer, signed by an operator: one line that is no secret, since it is good for that
peer's key alone. Time is counted in the ticks of the network's seeds, who are asked what time it is.

  npm run operator -- invite --for PEERID --days 7`,
  options: {
    for: { value: "PEERID", help: "the peer's id: 64 hexadecimal digits", once: true },
    days: { value: "N", help: "how long it is good (default: for ever)" },
    ticks: { value: "N", help: "the same in ticks of the network, of a minute each (profile lan: less)" },
    until: { value: "TICK", help: "the same as a tick of the network; the seeds are not asked" },
    profile: { value: "assignment|lan", help: "how long a tick is, for --days (default assignment)" },
    config: NODE_OPTIONS["config"] ?? { help: "" },
    ...OPERATOR_OPTION,
    inviter: { value: "FILE", help: "instead: the key of somebody whose id the seeds have in --inviters" },
    ...SECURITY_OPTIONS,
  },
  async run(given) {
    const peer = peerOf(given);
    const ticks = ticksOf(given);
    const config = readNodeConfig(given);
    const chain = chainIn(config);
    const signer = readInviterKey(given, config, chain.newest.operators);
    const untilTick = await untilTickOf(given, ticks, () => openSession(given, chain, console.error));
    const token = signInvitation({ peer, untilTick }, chain.networkId, signer);
    const invitation = readInvitation(token);
    if (invitation !== undefined) console.error(describeInvitation(invitation, verifier));
    console.log(invitationText(token));
  },
};

function peerOf(given: Given): PeerId {
  const id = textOf(given, "for", "").toLowerCase();
  if (isPeerId(id)) return id;
  throw new UsageError(`--for is a peer's id of 64 hexadecimal digits, not "${id}"`);
}

/** How many ticks from now on, if that is what was said. */
function ticksOf(given: Given): number | undefined {
  const said = ["days", "ticks", "until"].filter((name) => textOf(given, name) !== undefined);
  if (said.length > 1)
    throw new UsageError(`--${said[0]} and --${said[1]} say the same; leave one of them out`);
  const days = countOf(given, "days", 0, 1, 100_000);
  const { tickMs } =
    wordOf(given, "profile", ["assignment", "lan"]) === "lan" ? LAN_TIMING : ASSIGNMENT_TIMING;
  const ticks = days > 0 ? Math.ceil((days * DAY_MS) / tickMs) : countOf(given, "ticks", 0, 1, TICKS_MAX);
  return ticks > 0 ? ticks : undefined;
}

async function untilTickOf(
  given: Given,
  ticks: number | undefined,
  open: () => Session,
): Promise<number | undefined> {
  const until = countOf(given, "until", 0, 1, TICKS_MAX);
  if (ticks === undefined) return until > 0 ? until : undefined;
  const session = open();
  const now = await tickAt(session);
  await session.end();
  return now + ticks;
}

/** What time it is, once so many seeds are linked that one of them knows. */
async function tickAt({ chain, client }: Session): Promise<number> {
  for (;;) {
    const { length: missing } = client.missing;
    await sleep(TELL_MS);
    if (chain.size - missing > chain.size - chain.quorum) return client.tick;
  }
}
