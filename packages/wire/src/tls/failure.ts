import type { CloseReason } from "../transport.ts";

/** What is said of an end that does not speak TLS. */
export const PLAIN: CloseReason = {
  kind: "mistaken",
  detail: "the other end speaks plain TCP, this one TLS",
};

/** What is said of an end that says nothing. */
export const SILENT: CloseReason = { kind: "mistaken", detail: "silent in the TLS handshake" };

/** What is said of an end that goes before it has proved its key. */
export const CLOSED: CloseReason = { kind: "mistaken", detail: "closed in the TLS handshake" };

/** Sentences for what OpenSSL says; by their codes, since its texts hold addresses of memory and line numbers. */
const SENTENCES: ReadonlyMap<string, string> = new Map([
  ["ERR_SSL_NO_APPLICATION_PROTOCOL", "it does not speak this protocol (ALPN)"],
  ["ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "it does not speak this protocol (ALPN)"],
  ["ERR_SSL_UNSUPPORTED_PROTOCOL", "it does not speak TLS 1.3"],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "it does not speak TLS 1.3"],
]);

/** The codes that mean: no TLS at all. The second is the alert with which our plain transport answers. */
const NOT_TLS: ReadonlySet<string> = new Set([
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_SSLV3_ALERT_UNEXPECTED_MESSAGE",
]);

/** Why a connection did not become a channel, from the error that TLS ended it with. */
export function notSecured({ code = "", message }: NodeJS.ErrnoException): CloseReason {
  if (NOT_TLS.has(code)) return PLAIN;
  if (code === "ECONNRESET" || code === "EPIPE") return CLOSED;
  const [sentence = ""] = (SENTENCES.get(code) ?? (code || message)).split("\n");
  return { kind: "mistaken", detail: sentence };
}
