import type { NodeSigner } from "@p2p/identity/node";
import { SocketTransport } from "../socket/transport.ts";
import { TlsChannels } from "./channels.ts";
import { type TlsLimits, tlsLimitsOf } from "./limits.ts";

/** What a {@link TlsTransport} is made of. */
export interface TlsOptions {
  /** The node's own key: that of its lobby. */
  readonly signer: NodeSigner;
  readonly limits?: Partial<TlsLimits> | undefined;
  /** Hosts (IP addresses) whose calls strangers cannot crowd out: the seeds'. A set is looked at at each call. Default: none. */
  readonly favouredHosts?: Iterable<string> | undefined;
}

/**
 * Frames over TLS 1.3: nobody in between reads or changes them, and both ends have proved their keys. There are no
 * authorities: a certificate is its holder's own, and counts for its key alone. PROTOCOL.md §4.7.
 */
export class TlsTransport extends SocketTransport {
  /** @throws RangeError when a limit is not positive, or the queue is too short for the longest frame. */
  constructor({ signer, limits, favouredHosts }: TlsOptions) {
    const all = tlsLimitsOf(limits);
    const favoured = favouredHosts instanceof Set ? favouredHosts : new Set(favouredHosts);
    super(all, new TlsChannels(signer, all, favoured));
  }
}
