import type { PeerId } from "@p2p/identity";
import { type Address, splitAddress } from "@p2p/wire";
import type { Batch } from "./batch.ts";

const decoder = new TextDecoder();

/** One message of somebody else, checked and delivered once. Its name is (origin, incarnation, sequence). */
export class Message {
  readonly origin: PeerId;
  /** Which run of the origin. */
  readonly incarnation: number;
  /** Number in that run, from 1. */
  readonly sequence: number;
  /** Wall time at the origin, in milliseconds; as right as the origin's clock. */
  readonly at: number;
  /** The neighbour that brought it first. */
  readonly from: PeerId;
  readonly #bytes: Uint8Array;
  #copy: Uint8Array | undefined;

  /** The message at `index` of `batch`. */
  constructor(batch: Batch, index: number, from: PeerId) {
    this.origin = batch.origin;
    this.incarnation = batch.incarnation;
    this.sequence = batch.firstSequence + index;
    this.at = batch.at;
    this.from = from;
    this.#bytes = batch.payloads[index] as Uint8Array;
  }

  /** Length of the content. */
  get byteLength(): number {
    return this.#bytes.length;
  }

  /** The content: the listeners' own, made when first asked for. */
  get payload(): Uint8Array {
    // A listener that writes into the frame's own bytes would change what is still on its way to others.
    this.#copy ??= new Uint8Array(this.#bytes);
    return this.#copy;
  }

  /** The content read as UTF-8; what is not UTF-8 becomes U+FFFD. */
  get text(): string {
    return decoder.decode(this.#bytes);
  }
}

/**
 * How a message is shown to people: `<timestamp>:<IP>:<Msg#>`, the timestamp in whole seconds, an IPv6 address in
 * brackets. Never an identity: two nodes on one machine share it.
 * @param at wall time in milliseconds.
 */
export function messageText(at: number, address: Address, sequence: number): string {
  const { host } = splitAddress(address);
  return `${Math.floor(at / 1000)}:${host.includes(":") ? `[${host}]` : host}:${sequence}`;
}
