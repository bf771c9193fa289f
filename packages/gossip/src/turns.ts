import { type Connection, type Random, shuffle } from "@p2p/wire";
import type { Partner } from "./partner.ts";

/** Whose turn it is: neighbours that are new first, then all of them in an order drawn anew for each round. */
export class Turns {
  readonly #random: Random;
  #line: Connection[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** The next of `partners` that is not busy with what was sent before; undefined if all are. */
  next(partners: ReadonlyMap<Connection, Partner>): Partner | undefined {
    const free = [...partners.values()].filter(({ isFree }) => isFree);
    const fresh = free.find(({ exchanges }) => exchanges === 0);
    if (fresh !== undefined || free.length === 0) return fresh;
    return this.#draw(partners) ?? this.#draw(partners);
  }

  #draw(partners: ReadonlyMap<Connection, Partner>): Partner | undefined {
    for (let at = this.#line.shift(); at !== undefined; at = this.#line.shift()) {
      const partner = partners.get(at);
      if (partner?.isFree) return partner;
    }
    this.#line = shuffle(partners.keys(), this.#random);
    return undefined;
  }
}
