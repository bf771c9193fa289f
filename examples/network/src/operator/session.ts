import { Configuration, type ConfigurationChain, chainOf, type SeedEntry } from "@p2p/consensus";
import { type Operators, P2PError, verifier } from "@p2p/identity";
import { createNodeSigner } from "@p2p/identity/node";
import { OperatorClient } from "@p2p/seed/client";
import { Lobby } from "@p2p/wire";
import type { Config } from "../config-file.ts";
import { ForeignSeeds } from "../foreign-seeds.ts";
import { sayMissingSeeds } from "../missing-seeds.ts";
import type { Given } from "../options.ts";
import { fail } from "../program.ts";
import { plainTransport, warnIfInsecure } from "../security.ts";
import type { Print } from "../transcript.ts";

/**
 * The configurations that a config file knows.
 * @throws P2PError `CONFIG_INVALID` when it names a seed without its id, or holds changes that prove nothing.
 */
export function chainIn({
  file,
  seeds,
  faulty,
  network: name,
  operators,
  changes,
}: Config): ConfigurationChain {
  const nameless = seeds.find(({ id }) => id === undefined);
  if (nameless !== undefined)
    throw new P2PError(
      "CONFIG_INVALID",
      `${file}:${nameless.line}: "${nameless.address}" is named without its id; write the line that the seed prints with --print-id`,
    );
  const first = new Configuration({ seeds: seeds as readonly SeedEntry[], faulty, name, operators });
  try {
    return chainOf(first, changes, verifier);
  } catch (error) {
    if (!(error instanceof P2PError)) throw error;
    throw new P2PError(
      error.code,
      `${file}: ${error.message}; copy all of the file as it was written`,
      error,
    );
  }
}

/** @throws P2PError `CONFIG_INVALID` when there are none now. */
export function operatorsOf({ newest }: ConfigurationChain, { file }: Config): Operators {
  if (newest.operators !== undefined) return newest.operators;
  throw new P2PError(
    "CONFIG_INVALID",
    `${file} names no operators, so nobody can change the seeds of this network; operators are named when one begins: npm run operator -- keys`,
  );
}

/** A conversation with the seeds of a network that runs. */
export interface Session {
  readonly chain: ConfigurationChain;
  readonly client: OperatorClient;
  /** Ends it. */
  end(): Promise<void>;
}

/** Links with the seeds, under a key of its own: the operator's never leaves its file. Says who is missing. */
export function openSession(given: Given, chain: ConfigurationChain, print: Print): Session {
  warnIfInsecure(given, print);
  const signer = createNodeSigner();
  const transport = plainTransport(given);
  const lobby = new Lobby({
    signer,
    verifier,
    transport,
    network: chain.first.network,
    software: "operator",
  });
  const client = new OperatorClient(lobby, chain);
  void new ForeignSeeds(lobby, () => chain, print, fail);
  client.on("forged", ({ from, detail }) =>
    print(`WARNING: the seed ${chain.entry(from)?.address ?? from} is not believed: ${detail}`),
  );
  const hush = sayMissingSeeds(() => client.missing.map(({ address }) => address), print);
  client.start();
  return {
    chain,
    client,
    end: () => {
      hush();
      client.close();
      return lobby.stop();
    },
  };
}
