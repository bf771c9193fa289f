import type { Link } from "../transport.ts";
import { expect } from "./case.ts";

/** A frame of `length` ≥ 4 bytes that says its number, and whose other bytes follow from it. */
export function numbered(number: number, length: number): Uint8Array {
  const frame = new Uint8Array(length);
  for (let index = 4; index < length; index++) frame[index] = (number * 31 + index * 7) & 0xff;
  new DataView(frame.buffer).setUint32(0, number);
  return frame;
}

/** Sends frames `from` … `to` − 1. @throws Error when one is not taken. */
export function sendNumbered(link: Link, from: number, to: number, length: number): void {
  for (let number = from; number < to; number++) {
    expect(link.send(numbered(number, length)), `frame ${number} was not taken`);
  }
}

/** @throws Error unless `frames` are whole and numbered `from`, `from` + 1, … */
export function expectNumbered(frames: readonly Uint8Array[], length: number, from = 0): void {
  for (const [index, frame] of frames.entries()) {
    const wanted = numbered(from + index, length);
    expect(frame.length === length, `frame ${from + index} has ${frame.length} bytes instead of ${length}`);
    expect(
      frame.every((byte, at) => byte === wanted[at]),
      `frame ${from + index} came changed, or out of order`,
    );
  }
}
