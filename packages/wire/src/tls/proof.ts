import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { type PeerId, peerIdFromKey } from "@p2p/identity";
import type { Channel } from "../transport.ts";

/** What both ends have to agree on before anything else (ALPN, RFC 7301). PROTOCOL.md §4.7. */
export const ALPN = "p2p-overlay/1";
/** Names our use of what TLS exports (RFC 8446 §7.5). */
const EXPORTER_LABEL = "EXPORTER-p2p-overlay";

const BINDING_BYTES = 32;
/** Bytes of SubjectPublicKeyInfo before an Ed25519 key (RFC 8410). */
const SPKI_PREFIX_BYTES = 12;

/**
 * What a TLS connection whose handshake is over proves of its far end, or a sentence that says why nothing. OpenSSL
 * was told to let everybody pass, since it knows nothing of peers: all there is of judgement is here.
 */
export function proofOf(socket: TLSSocket): Channel | string {
  if (socket.getProtocol() !== "TLSv1.3") return `it speaks ${socket.getProtocol()}, not TLS 1.3`;
  if (socket.alpnProtocol !== ALPN) return `it does not speak ${ALPN}`;
  if (socket.isSessionReused()) return "it resumed a session, and so proved nothing";
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return "it has no certificate";
  const key = keyOf(certificate);
  if (typeof key === "object") return key.complaint;
  return { id: key, binding: exported(socket) };
}

/** Whose key the certificate carries; or why it is none of ours. Names and dates are not looked at. Never throws. */
export function keyOf(certificate: X509Certificate): PeerId | { readonly complaint: string } {
  try {
    return readKey(certificate);
  } catch {
    // A key that cannot be decoded: Node throws when it is asked for.
    return { complaint: "its certificate cannot be read" };
  }
}

function readKey(certificate: X509Certificate): PeerId | { readonly complaint: string } {
  const { publicKey } = certificate;
  if (publicKey.asymmetricKeyType !== "ed25519")
    return { complaint: `its key is ${publicKey.asymmetricKeyType}, not ed25519` };
  if (!certificate.verify(publicKey)) return { complaint: "its certificate is not signed by its own key" };
  const info = publicKey.export({ format: "der", type: "spki" });
  return peerIdFromKey(info.subarray(SPKI_PREFIX_BYTES));
}

function exported(socket: TLSSocket): Uint8Array {
  return Uint8Array.from(socket.exportKeyingMaterial(BINDING_BYTES, EXPORTER_LABEL, Buffer.alloc(0)));
}
