/** Sets of the numbers 0…count − 1 that are only ever joined (union–find, by size, with halved paths). */
export class DisjointSets {
  readonly #parents: Uint32Array;
  readonly #sizes: Uint32Array;

  constructor(count: number) {
    this.#parents = Uint32Array.from({ length: count }, (_, index) => index);
    this.#sizes = new Uint32Array(count).fill(1);
  }

  /** The number that stands for the set of `member`. */
  find(member: number): number {
    const parents = this.#parents;
    let at = member;
    while (parents[at] !== at) {
      const above = parents[parents[at] as number] as number;
      parents[at] = above;
      at = above;
    }
    return at;
  }

  /** Members of the set of `member`. */
  sizeOf(member: number): number {
    return this.#sizes[this.find(member)] as number;
  }

  /** Makes one set of the two; they may be one already. */
  join(a: number, b: number): void {
    let [large, small] = [this.find(a), this.find(b)];
    if (large === small) return;
    if (this.sizeOf(large) < this.sizeOf(small)) [large, small] = [small, large];
    this.#parents[small] = large;
    this.#sizes[large] = this.sizeOf(large) + (this.#sizes[small] as number);
  }
}
