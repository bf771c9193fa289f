import type { NodeSigner } from "@p2p/identity/node";
import type { Transport } from "@p2p/wire";
import { TcpTransport } from "@p2p/wire/tcp";
import { TlsTransport } from "@p2p/wire/tls";
import type { Given, OptionTable } from "./options.ts";
import type { Print } from "./transcript.ts";

/** How links are secured; the same at all nodes. */
export const SECURITY_OPTIONS: OptionTable = {
  insecure: { help: "plain TCP instead of TLS, at all nodes: anybody on the way can read and cut" },
};

/** The same options again, for a node's command line. */
export function securityArguments(given: Given): string[] {
  return isInsecure(given) ? ["--insecure"] : [];
}

/** The transport that `--insecure` asks for. Without it nothing, which means TLS to a seed or a peer. */
export function plainTransport(given: Given): Transport | undefined {
  return isInsecure(given) ? new TcpTransport() : undefined;
}

/** A transport of `signer` for what goes before the node itself: asking who the seeds are, and answering. */
export function askingTransport(signer: NodeSigner, given: Given): Transport {
  return plainTransport(given) ?? new TlsTransport({ signer });
}

export function warnIfInsecure(given: Given, print: Print): void {
  if (!isInsecure(given)) return;
  print(
    "WARNING: --insecure: links are plain TCP. Anybody on the way can read and cut them; all nodes of the network need it",
  );
}

function isInsecure(given: Given): boolean {
  return given["insecure"] === true;
}
