import type { FrameType } from "@p2p/wire";

const shared = new WeakSet<object>();

/**
 * From now on, decodes each frame of this type once in this process, however many nodes get the very same bytes: with a
 * thousand nodes, most of a bootstrap is the same certificates decoded again and again. What was decoded is shared by
 * reference, as nobody writes to it.
 */
export function shareFrames<T>(type: FrameType<T>): void {
  if (shared.has(type)) return;
  shared.add(type);
  const known = new WeakMap<Uint8Array, ReturnType<typeof type.decode>>();
  const decode = type.decode.bind(type);
  type.decode = (frame) => {
    const value = known.get(frame) ?? decode(frame);
    known.set(frame, value);
    return value;
  };
}
