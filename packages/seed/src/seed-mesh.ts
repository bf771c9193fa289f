import type { ConfigurationChain } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { type Cancel, keepLink } from "@p2p/wire";
import type { Office } from "./office.ts";

/** A seed, or one that may become one. */
interface Place {
  readonly id: PeerId;
  readonly address: string;
}

/**
 * Links with the other seeds: the smaller id dials and keeps the link up; a seed that starts dials all others once, so
 * that nobody waits for the other end's next attempt. PROTOCOL.md §9. Likewise with those before, who hand over, and with
 * those who are proposed, who have to learn; who is no seed itself keeps all its links up.
 */
export class SeedMesh {
  readonly #office: Office;
  readonly #chain: ConfigurationChain;
  readonly #candidates: () => readonly Place[];
  readonly #cancels = new Map<string, Cancel>();
  #isStarted = false;

  /** @param candidates who may become a seed. */
  constructor(office: Office, chain: ConfigurationChain, candidates: () => readonly Place[]) {
    this.#office = office;
    this.#chain = chain;
    this.#candidates = candidates;
    office.lobby.admit(({ id, role }) => {
      if (role === "seed" && !this.#places().some((place) => place.id === id))
        return { code: "stranger", detail: "no seed of this configuration" };
      if (role === "peer" && chain.has(id)) return { code: "stranger", detail: "this key is a seed's" };
      return undefined;
    });
  }

  start(): void {
    this.#isStarted = true;
    this.refresh();
  }

  /** Links with those who are seeds now, or may become it, and lets the others go. */
  refresh(): void {
    if (!this.#isStarted) return;
    const { lobby } = this.#office;
    const places = this.#places().filter(({ id }) => id !== lobby.id);
    const wanted = new Set(places.map(keyOf));
    for (const [key, cancel] of this.#cancels) {
      if (wanted.has(key)) continue;
      cancel();
      this.#cancels.delete(key);
    }
    for (const place of places) if (!this.#cancels.has(keyOf(place))) this.#link(place);
    for (const link of lobby.seeds)
      if (!places.some(({ id }) => id === link.id)) link.goodbye("link", "no seed any more");
  }

  stop(): void {
    this.#isStarted = false;
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  #link(place: Place): void {
    const { lobby } = this.#office;
    const { id, address } = place;
    const keeps = lobby.id < id || !this.#chain.has(lobby.id);
    const cancel = keeps ? keepLink(lobby, address, id) : lobby.dial(address, { expect: id });
    this.#cancels.set(keyOf(place), cancel);
  }

  #places(): readonly Place[] {
    return [...this.#chain.seeds, ...(this.#chain.previous?.seeds ?? []), ...this.#candidates()];
  }
}

function keyOf({ id, address }: Place): string {
  return `${id} ${address}`;
}
