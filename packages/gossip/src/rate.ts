/** How much one origin may send through this node. What is over it is not forwarded and not delivered. */
export interface Rate {
  /** Messages a second, in the long run. Default 1 000: an eighth of a core's worth of signature checks. */
  readonly messagesPerSecond: number;
  /** Messages at once, after a silence. Default 10 000. */
  readonly messagesBurst: number;
  /** Bytes of payload a second, in the long run. Default 8 MiB. */
  readonly bytesPerSecond: number;
  /** Bytes of payload at once. Default 32 MiB. */
  readonly bytesBurst: number;
}

export const DEFAULT_RATE: Rate = {
  messagesPerSecond: 1000,
  messagesBurst: 10_000,
  bytesPerSecond: 8 * 1024 * 1024,
  bytesBurst: 32 * 1024 * 1024,
};

/**
 * The defaults with `change` in place. `Infinity` means no limit.
 * @throws RangeError on a value that is not positive.
 */
export function rateOf(change: Partial<Rate> = {}): Rate {
  const rate = { ...DEFAULT_RATE, ...change };
  for (const [name, value] of Object.entries(rate)) {
    if (!(value > 0)) throw new RangeError(`${name} is not positive: ${value}`);
  }
  return rate;
}

/** One origin's allowance: a token bucket of messages and one of bytes, both full at first. */
export class RateBucket {
  readonly #rate: Rate;
  #messages: number;
  #bytes: number;
  #filledAt: number;

  /** @param now monotonic milliseconds, as in the other methods. */
  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#messages = rate.messagesBurst;
    this.#bytes = rate.bytesBurst;
    this.#filledAt = now;
  }

  /** Whether so much may pass now. Takes nothing: whoever asks has not been checked yet. */
  allows(messages: number, bytes: number, now: number): boolean {
    this.#fill(now);
    return messages <= this.#messages && bytes <= this.#bytes;
  }

  /** Takes what {@link allows} allowed. */
  take(messages: number, bytes: number): void {
    this.#messages -= messages;
    this.#bytes -= bytes;
  }

  #fill(now: number): void {
    const { messagesPerSecond, messagesBurst, bytesPerSecond, bytesBurst } = this.#rate;
    const seconds = (now - this.#filledAt) / 1000;
    if (seconds <= 0) return;
    this.#filledAt = now;
    this.#messages = Math.min(messagesBurst, this.#messages + seconds * messagesPerSecond);
    this.#bytes = Math.min(bytesBurst, this.#bytes + seconds * bytesPerSecond);
  }
}
