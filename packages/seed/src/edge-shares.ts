import type { PeerId } from "@p2p/identity";

/** The keys of edges by who owns them, so that none has many where there is no room for those of others. */
export class EdgeShares {
  readonly #byOwner = new Map<PeerId, Set<string>>();
  /** Who owns so many, at that place; nobody is at place 0. */
  readonly #bySize: Set<PeerId>[] = [];

  add(owner: PeerId, key: string): void {
    this.#change(owner, (keys) => keys.add(key));
  }

  delete(owner: PeerId, key: string): void {
    this.#change(owner, (keys) => keys.delete(key));
  }

  /** Whether somebody owns two more than `owner`, or more: then one of those goes for one of his, and he has no more than they. */
  mayYield(owner: PeerId): boolean {
    return this.#most >= (this.#byOwner.get(owner)?.size ?? 0) + 2;
  }

  /**
   * The edge that goes first: the last, by its key, of whoever owns most, the first of these by id. The same for all who hold
   * the same edges.
   */
  get spare(): string | undefined {
    const [first, ...others] = this.#bySize[this.#most] ?? [];
    if (first === undefined) return undefined;
    const owner = others.reduce((least, id) => (id < least ? id : least), first);
    return [...(this.#byOwner.get(owner) ?? [])].reduce((last, key) => (key > last ? key : last), "");
  }

  get #most(): number {
    return Math.max(0, this.#bySize.length - 1);
  }

  #change(owner: PeerId, act: (keys: Set<string>) => void): void {
    const keys = this.#byOwner.get(owner) ?? new Set<string>();
    this.#bySize[keys.size]?.delete(owner);
    act(keys);
    if (keys.size === 0) this.#byOwner.delete(owner);
    else this.#byOwner.set(owner, keys);
    while (this.#bySize.length <= keys.size) this.#bySize.push(new Set());
    if (keys.size > 0) this.#bySize[keys.size]?.add(owner);
    while (this.#bySize.at(-1)?.size === 0) this.#bySize.pop();
  }
}
