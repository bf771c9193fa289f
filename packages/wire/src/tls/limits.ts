import { type SocketLimits, socketLimitsOf } from "../socket/limits.ts";

/** Limits of a transport over TLS. PROTOCOL.md §4.4. */
export interface TlsLimits extends SocketLimits {
  /** How long a caller may take to prove his key. Default 5 000. */
  readonly handshakeTimeoutMs: number;
  /** Callers that have not proved a key; beyond, the oldest is dropped. Default 256. */
  readonly callersMax: number;
  /** The same from one machine. Default 10. */
  readonly callersPerHostMax: number;
}

/** The defaults with `changes` in place. @throws RangeError as {@link socketLimitsOf}. */
export function tlsLimitsOf(changes: Partial<TlsLimits> = {}): TlsLimits {
  const counts = { handshakeTimeoutMs: 5000, callersMax: 256, callersPerHostMax: 10, ...changes };
  return { ...counts, ...socketLimitsOf(counts) };
}
