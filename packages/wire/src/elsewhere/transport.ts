import type { Transport } from "../transport.ts";

/** Where there are no sockets, there is no default. @throws TypeError always. */
export function defaultTransport(): Transport {
  throw new TypeError("there is no default transport here: give one");
}
