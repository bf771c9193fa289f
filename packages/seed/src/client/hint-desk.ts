import type { Ledger } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { Allowance, type Lobby } from "@p2p/wire";
import { OVERLAY_HINT } from "../overlay-hint.ts";
import type { Newsroom } from "./newsroom.ts";

/** Hints of one seed that are looked at: so many at once, and in a minute. A seed gives a few a minute. */
const HINTS = { max: 12, perMs: 60_000 };

/** Who is told of hints. */
export interface HintListener {
  /** A seed names a member to link with. It is on the list: its certificate came along, or was there. */
  hinted(seed: PeerId, peer: PeerId): void;
  /** A seed tells how many members have 1, 2, 3 … links. */
  charted(seed: PeerId, degrees: readonly number[]): void;
}

/** Hears what seeds say of the overlay. A partner is believed on its certificate, never on a seed's word. */
export function hearHints(lobby: Lobby, news: Newsroom, ledger: Ledger, listener: HintListener): void {
  const allowance = new Allowance(HINTS);
  lobby.seeds.route(OVERLAY_HINT, ({ partner, degrees }, from) => {
    if (!allowance.take(from.id, lobby.local.clock.now())) return;
    if (degrees.length > 0) listener.charted(from.id, degrees);
    if (partner === undefined || !news.take(partner, from)) return;
    const { peer } = partner.fact;
    if (peer !== lobby.id && ledger.isMember(peer)) listener.hinted(from.id, peer);
  });
}
