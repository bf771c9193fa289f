import type { PeerId } from "@p2p/identity";
import { parseAddress } from "./address.ts";
import type { Cancel } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { Lobby } from "./lobby.ts";
import { jitter } from "./random.ts";

const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 10_000;
const LOOK_MS = 500;

/**
 * Keeps a member link to the node at an address up: dials while there is none, and again when it is lost, with pauses
 * that double from 0.5 s to 10 s (± 20 %) while nobody answers. Ends when the lobby is closed.
 * @param expect whose key must answer. Default: anybody's, and after a restart perhaps another one.
 * @returns stops keeping; the link that stands is left alone.
 * @throws P2PError `ADDRESS_INVALID` when `to` is not `host:port`.
 */
export function keepLink(lobby: Lobby, to: string, expect?: PeerId): Cancel {
  const address = parseAddress(to);
  const { clock, random } = lobby.local;
  let id = expect;
  let pauseMs = BACKOFF_MIN_MS;
  let cancel: Cancel;

  // A link that the far end dialled will do: its HELLO says where it listens.
  const isThere = ({ remote }: Connection): boolean =>
    remote.listen === address || remote.address === address;
  const linked = (): boolean => {
    id ??= [...lobby.links, ...lobby.seeds].find(isThere)?.id;
    return id !== undefined && (lobby.links.has(id) || lobby.seeds.has(id));
  };
  const wait = (delayMs: number): void => {
    cancel = clock.after(delayMs, look);
  };
  const look = (): void => {
    if (linked()) return wait(LOOK_MS);
    cancel = lobby.dial(address, {
      expect,
      done: (outcome) => {
        if ("connection" in outcome) {
          id = outcome.connection.id;
          pauseMs = BACKOFF_MIN_MS;
          return wait(LOOK_MS);
        }
        if (outcome.failed.kind === "closed") return; // the lobby was
        wait(jitter(pauseMs, 0.2, random));
        pauseMs = Math.min(BACKOFF_MAX_MS, pauseMs * 2);
      },
    });
  };
  look();
  return () => cancel();
}
