import type { Signer } from "@p2p/identity";
import { isNodeSigner } from "@p2p/identity/node";
import type { LobbyLimits } from "../lobby-options.ts";
import { TlsTransport } from "../tls/transport.ts";
import type { Transport } from "../transport.ts";

/** How a lobby that was told nothing else reaches others: TLS. @throws TypeError when `signer` does not lend its key. */
export function defaultTransport(
  signer: Signer,
  { halfOpenMax, handshakeTimeoutMs }: LobbyLimits,
  favouredHosts: ReadonlySet<string>,
): Transport {
  if (!isNodeSigner(signer)) {
    throw new TypeError(
      "TLS needs the private key: give a signer that lends it (createNodeSigner of @p2p/identity/node), or a transport",
    );
  }
  return new TlsTransport({ signer, limits: { callersMax: halfOpenMax, handshakeTimeoutMs }, favouredHosts });
}
