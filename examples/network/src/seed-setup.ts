import { P2PError, type PeerId, type Signer } from "@p2p/identity";
import { type Address, introduce, systemClock, type Transport } from "@p2p/wire";
import type { Config } from "./config-file.ts";

/** Whether a change of the seeds that the config file has made `id` one of them, so that no line names it. */
export function joinedLater({ seeds, changes = [] }: Config, id: PeerId): boolean {
  const terms = changes.map(({ proposal }) => proposal.terms);
  return (
    !seeds.some((seed) => seed.id === id) && terms.some((one) => one.seeds.some((seed) => seed.id === id))
  );
}

/**
 * This seed's own line in the config file, which need not name its id, completed.
 * @throws P2PError `SEED_UNKNOWN` when there is none for `address`, or it names another id.
 */
export function withOwnId(config: Config, address: Address, { id }: Signer): Config {
  const own = config.seeds.find((seed) => seed.address === address);
  if (own === undefined) {
    const elsewhere = config.seeds.find((seed) => seed.id === id);
    if (elsewhere !== undefined)
      throw new P2PError(
        "SEED_UNKNOWN",
        `${config.file}:${elsewhere.line} has this seed at ${elsewhere.address}, and not at ${address}; give --advertise ${elsewhere.address}, and where to listen with --listen`,
      );
    // The first lines of a network that has operators are its name: one more would make another network of it.
    if (config.operators !== undefined)
      throw new P2PError(
        "SEED_UNKNOWN",
        `${config.file} has no line for this seed; give its address with --listen or --advertise, the file that the operator's last change wrote with --config, or --join if operators are to make it a seed`,
      );
    throw new P2PError(
      "SEED_UNKNOWN",
      `${config.file} has no line for this seed; add "${address} ${id}", or give its address with --listen or --advertise, or --join if operators are to make it one of them`,
    );
  }
  if (own.id !== undefined && own.id !== id) {
    throw new P2PError(
      "SEED_UNKNOWN",
      `${config.file}:${own.line}: "${address}" is the seed ${own.id}, but the key here is ${id}; give its data directory with --data`,
    );
  }
  return { ...config, seeds: config.seeds.map((seed) => (seed === own ? { ...seed, id } : seed)) };
}

/** Answers who this is while `task` finds out who the others are: they may be waiting for the same. */
export async function introduced<T>(
  config: Config,
  listen: Address,
  signer: Signer,
  transport: Transport,
  task: () => Promise<T>,
): Promise<T> {
  if (config.seeds.every(({ id }) => id !== undefined)) return task();
  await new Promise<void>((resolve, reject) => {
    const ports = { transport, signer, clock: systemClock };
    introduce(ports, listen, (bound) => (bound instanceof P2PError ? reject(bound) : resolve()));
  });
  console.log("Asking the other seeds who they are: the config file does not name their ids");
  try {
    return await task();
  } finally {
    await new Promise<void>((resolve) => {
      transport.close(resolve);
    });
  }
}
