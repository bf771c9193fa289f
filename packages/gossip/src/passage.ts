/**
 * Whether a batch goes on to the neighbours: once, as soon as it is delivered here and somebody has brought it as news.
 * What repair brings is old, by the word of who brings it, and is not passed on; but a neighbour that calls news old must
 * not keep it from those behind this node, so the first copy that comes as news sets it going.
 */
export class Passage {
  #isNews: boolean;
  #isDelivered = false;

  /** @param isNews whether the first copy came as news. */
  constructor(isNews: boolean) {
    this.#isNews = isNews;
  }

  /** It is told here now. True when it has to be passed on now. */
  deliver(): boolean {
    this.#isDelivered = true;
    return this.#isNews;
  }

  /** A further copy came as news. True when it has to be passed on now. */
  renew(): boolean {
    const isFirst = !this.#isNews;
    this.#isNews = true;
    return isFirst && this.#isDelivered;
  }
}
