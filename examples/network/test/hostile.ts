import {
  type Accusation,
  ALIVE,
  Configuration,
  PROBE,
  signAccusation,
  signProofOfLife,
  signRegistration,
} from "@p2p/consensus";
import type { Edge, PeerId, Signer } from "@p2p/identity";
import { readOrCreateKeyFile } from "@p2p/identity/node";
import { DEGREE, DEGREE_ASK } from "@p2p/overlay";
import { LIST, LIST_ASK, REGISTER, REGISTER_ANSWER } from "@p2p/seed";
import { type Address, type Connection, Lobby, type Transport } from "@p2p/wire";
import type { Network } from "./network.ts";
import { freePorts, until } from "./program.ts";

/** A node of its own, over TLS like all others, that has a key, answers probes, and says what it is told to say. */
export class Hostile {
  readonly signer: Signer;
  readonly lobby: Lobby;
  readonly configuration: Configuration;
  /** The lives that seeds have named to it. */
  readonly lives: Map<PeerId, number> = new Map();
  /** Why it is no member, as seeds have told it: their codes. */
  readonly refusals: Set<string> = new Set();
  readonly address: Address;
  readonly incarnation: number = Math.floor(Date.now() / 1000);

  /** @param transport default: TLS with its key. */
  constructor(network: Network, address: Address, transport?: Transport) {
    this.address = address;
    this.signer = readOrCreateKeyFile(`${network.place.folder}/hostile-${address}.key`);
    this.configuration = configurationOf(network);
    this.lobby = new Lobby({
      transport,
      listen: address,
      signer: this.signer,
      network: this.configuration.network,
    });
    for (const room of [this.lobby.links, this.lobby.seeds, this.lobby.probes])
      room.route(PROBE, ({ nonces }, from) => from.send(ALIVE.encode({ proof: this.#proof(nonces) })));
    this.lobby.seeds.route(REGISTER_ANSWER, ({ code }) => {
      if (code !== "") this.refusals.add(code);
    });
    this.lobby.seeds.route(LIST, ({ members }) => {
      for (const { peer, incarnation } of members) this.lives.set(peer, incarnation);
    });
  }

  /** One at a free port of this machine, whose door is open, with a link to each seed. */
  static async at(network: Network, transport?: Transport): Promise<Hostile> {
    return Hostile.on(network, `127.0.0.1:${await freePorts(1)}` as Address, transport);
  }

  /** One at this address, whose door is open, with a link to each seed. */
  static async on(network: Network, address: Address, transport?: Transport): Promise<Hostile> {
    const hostile = new Hostile(network, address, transport);
    await new Promise<void>((resolve, reject) => {
      hostile.lobby.open((error) => (error === undefined ? resolve() : reject(error)));
    });
    for (const { address, plan } of network.seeds) await hostile.dial(address, plan.id);
    return hostile;
  }

  dial(to: Address, expect: PeerId): Promise<Connection | undefined> {
    return new Promise((resolve) => {
      this.lobby.dial(to, {
        expect,
        done: (outcome) => resolve("connection" in outcome ? outcome.connection : undefined),
      });
    });
  }

  /** Becomes a member as everybody does, and reads the list. */
  async join(): Promise<void> {
    this.apply();
    await until(() => {
      this.tell(LIST_ASK.encode({ after: undefined, wanted: [] }));
      return this.lives.has(this.signer.id);
    }, "the hostile client to be listed");
  }

  /** Asks all seeds to be a member, once. */
  apply(): void {
    const terms = { peer: this.signer.id, address: this.address, incarnation: this.incarnation };
    const registration = signRegistration(terms, this.configuration.networkId, this.signer);
    this.tell(REGISTER.encode({ registration }));
  }

  /** Says something to all seeds. */
  tell(frame: Uint8Array): void {
    this.lobby.seeds.broadcast(frame);
  }

  accusation(victim: PeerId, incarnation: number, signer: Signer = this.signer): Accusation {
    const terms = { victim, incarnation, accuser: signer.id, at: Date.now(), lastSeen: 0 };
    return signAccusation(terms, this.configuration.networkId, signer);
  }

  /** Answers from now on that it has so many neighbours, each with its own signature twice. */
  claimDegree(count: number): void {
    const ids = [...this.lives.keys()];
    const now = Date.now();
    const edges = Array.from({ length: count }, (_, index): Edge => {
      const far = ids[index % ids.length] as PeerId;
      const [a, b] = [this.signer.id, far].toSorted() as [PeerId, PeerId];
      const times = { since: now - 3_600_000, until: now + 3_600_000 };
      const terms = { a, b, incarnationA: 1, incarnationB: 1, owner: far, ...times };
      const signature = this.signer.sign(new TextEncoder().encode(`${a}${b}${index}`));
      return { ...terms, signatureA: signature, signatureB: signature };
    });
    this.lobby.probes.route(DEGREE_ASK, (_, from) => from.send(DEGREE.encode({ edges })));
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.lobby.close("link", () => resolve());
    });
  }

  #proof(nonces: readonly Uint8Array[]): ReturnType<typeof signProofOfLife> {
    const terms = { peer: this.signer.id, incarnation: this.incarnation, nonces };
    return signProofOfLife(terms, this.configuration.networkId, this.signer);
  }
}

/** The key of a node: whoever has its folder can sign as it. */
export function keyOf({ plan }: Network["nodes"][number]): Signer {
  return readOrCreateKeyFile(`${plan.folder}/node.key`);
}

function configurationOf({ seeds }: Network): Configuration {
  return new Configuration({
    seeds: seeds.map(({ address, plan }) => ({ id: plan.id, address })),
    faulty: 0,
  });
}
