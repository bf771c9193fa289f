import { createNodeSigner } from "@p2p/identity/node";
import { expect, test } from "vitest";
import { parseAddress } from "../src/address.ts";
import { systemClock } from "../src/clock.ts";
import { isApplicable, type TransportKit, transportCases } from "../src/conformance/index.ts";
import { TlsTransport } from "../src/tls/index.ts";

const kit: TransportKit = {
  clock: systemClock,
  host: () => ({
    address: parseAddress("127.0.0.1:0"),
    transport: (limits = {}) => new TlsTransport({ signer: createNodeSigner(), limits }),
  }),
  deadAddress: parseAddress("127.0.0.1:1"),
  unreachableAddress: parseAddress("nobody.invalid:7000"),
  capabilities: { backpressure: true },
};

const promised = transportCases
  .filter((each) => isApplicable(each, kit))
  .map(({ name, run }) => [name, run] as const);

test.each(promised)("%s", { timeout: 60_000 }, async (_, run) => {
  const failure = await new Promise((resolve) => run(kit, resolve));
  expect(failure).toBeUndefined();
});
