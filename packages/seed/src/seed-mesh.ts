import { type Cancel, keepLink } from "@p2p/wire";
import type { Office } from "./office.ts";

/**
 * Links with the other seeds: the smaller id dials and keeps the link up; a seed that starts dials all others once, so
 * that nobody waits for the other end's next attempt. PROTOCOL.md §9.
 */
export class SeedMesh {
  readonly #office: Office;
  #cancels: Cancel[] = [];

  constructor(office: Office) {
    this.#office = office;
    const { lobby, configuration } = office;
    lobby.admit(({ id, role }) => {
      if (role === "seed" && !configuration.has(id))
        return { code: "stranger", detail: "no seed of this configuration" };
      if (role === "peer" && configuration.has(id))
        return { code: "stranger", detail: "this key is a seed's" };
      return undefined;
    });
  }

  start(): void {
    const { lobby, configuration } = this.#office;
    const others = configuration.seeds.filter(({ id }) => id !== lobby.id);
    this.#cancels = others.map(({ id, address }) =>
      lobby.id < id ? keepLink(lobby, address, id) : lobby.dial(address, { expect: id }),
    );
  }

  stop(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
  }
}
