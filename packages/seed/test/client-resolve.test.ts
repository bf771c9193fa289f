import { P2PError, type PeerId } from "@p2p/identity";
import { type Host, World } from "@p2p/sim";
import { type Address, Lobby, parseAddress } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { type ResolvedSeeds, type ResolveOptions, resolveSeeds, type SeedLine } from "../src/client/index.ts";

/** Hosts that answer WHO, and one that asks. */
class Street {
  readonly world = new World();
  readonly asker: Host = this.world.host("asker");
  readonly hosts: readonly Host[];

  constructor(count: number) {
    this.hosts = Array.from({ length: count }, (_, index) => this.world.host(`seed ${index}`));
  }

  /** Answers with its own key, and names `seeds`. */
  open(host: Host, seeds: readonly PeerId[] = this.ids, signer: Host["signer"] = host.signer): void {
    const { verifier, clock, random } = host;
    host.boot(() => {
      const network = { name: "p2p", seeds, faulty: 0 };
      const transport = host.transport();
      new Lobby({
        transport,
        listen: host.address,
        signer,
        verifier,
        clock,
        random,
        network,
        role: "seed",
      }).open(() => undefined);
    });
  }

  get ids(): readonly PeerId[] {
    return this.hosts.map(({ signer }) => signer.id);
  }

  get lines(): readonly SeedLine[] {
    return this.hosts.map(({ address }) => ({ address }));
  }

  /** How it ends; undefined while it has not. */
  resolve(
    lines: readonly SeedLine[],
    options?: ResolveOptions,
  ): { outcome: ResolvedSeeds | P2PError | undefined } {
    const result: { outcome: ResolvedSeeds | P2PError | undefined } = { outcome: undefined };
    const { verifier, clock, random } = this.asker;
    const ports = { transport: this.asker.transport(), verifier, clock, random };
    resolveSeeds(
      lines,
      ports,
      (outcome) => {
        result.outcome = outcome;
      },
      options,
    );
    return result;
  }

  remembered(ids: readonly PeerId[]): ReadonlyMap<Address, PeerId> {
    return new Map(this.hosts.map(({ address }, index) => [address, ids[index] as PeerId]));
  }
}

describe("seeds without an id", () => {
  test("are resolved when q seeds name the same keys", () => {
    const street = new Street(3);
    for (const host of street.hosts) street.open(host);
    const result = street.resolve(street.lines);
    street.world.run(3000);
    const seeds = street.hosts.map(({ address, signer }) => ({ address, id: signer.id }));
    expect(result.outcome).toMatchObject({ seeds, trusted: street.hosts.map(({ address }) => address) });
  });

  test("are not while only a key itself names it", () => {
    const street = new Street(3);
    for (const host of street.hosts) street.open(host, []);
    const result = street.resolve(street.lines);
    street.world.run(60_000);
    expect(result.outcome).toBeUndefined();
  });

  test("are asked again until they answer", () => {
    const street = new Street(3);
    for (const host of street.hosts) host.crash();
    const result = street.resolve(street.lines);
    street.world.run(30_000);
    expect(result.outcome).toBeUndefined();
    for (const host of street.hosts) street.open(host);
    street.world.run(13_000);
    expect((result.outcome as ResolvedSeeds).seeds.map(({ id }) => id)).toEqual(street.ids);
  });

  test("on loopback are believed as they answer", () => {
    const world = new World();
    const host = world.host("seed", { address: parseAddress("127.0.0.1:6000") });
    const { signer, verifier, clock, random } = host;
    const transport = host.transport();
    host.boot(() =>
      new Lobby({ transport, listen: host.address, signer, verifier, clock, random }).open(() => undefined),
    );
    let outcome: ResolvedSeeds | P2PError | undefined;
    resolveSeeds(
      [{ address: host.address }],
      { transport: host.transport(), verifier, clock, random },
      (found) => {
        outcome = found;
      },
    );
    world.run(1000);
    expect(outcome).toMatchObject({ seeds: [{ id: signer.id, address: host.address }] });
  });

  test("with another key than the remembered one are refused", () => {
    const street = new Street(3);
    for (const host of street.hosts) street.open(host);
    const ids = street.ids.with(1, street.asker.signer.id);
    const result = street.resolve(street.lines, { remembered: street.remembered(ids) });
    street.world.run(3000);
    expect((result.outcome as P2PError).code).toBe("SEED_KEY_CHANGED");
    expect((result.outcome as P2PError).message).toContain(street.hosts[1]?.address);
  });

  test("that were met before and are silent now are taken at the remembered key", () => {
    const street = new Street(3);
    street.open(street.hosts[0] as Host);
    for (const host of street.hosts.slice(1)) host.crash();
    const result = street.resolve(street.lines, { remembered: street.remembered(street.ids) });
    street.world.run(5000);
    expect(result.outcome).toMatchObject({ seeds: street.ids.map((id) => ({ id })), trusted: [] });
  });
});

describe("seeds with an id", () => {
  test("are taken as they are, and nobody is asked", () => {
    const street = new Street(3);
    const lines = street.hosts.map(({ address, signer }) => ({ address, id: signer.id }));
    const result = street.resolve(lines);
    expect(result.outcome).toBeUndefined();
    street.world.run(1);
    expect(result.outcome).toMatchObject({ seeds: lines, trusted: [] });
    expect((result.outcome as ResolvedSeeds).learned.size).toBe(0);
  });

  test("name those without", () => {
    const street = new Street(3);
    for (const host of street.hosts) street.open(host);
    const lines = street.hosts.map(({ address, signer }, index) =>
      index === 0 ? { address } : { address, id: signer.id },
    );
    const result = street.resolve(lines);
    street.world.run(3000);
    expect((result.outcome as ResolvedSeeds).seeds.map(({ id }) => id)).toEqual(street.ids);
    expect([...(result.outcome as ResolvedSeeds).learned.keys()]).toEqual([street.hosts[0]?.address]);
  });

  test("may be down then", () => {
    const street = new Street(3);
    for (const host of street.hosts.slice(0, 2)) street.open(host);
    street.hosts[2]?.crash();
    const lines = street.hosts.map(({ address, signer }, index) =>
      index === 0 ? { address } : { address, id: signer.id },
    );
    const result = street.resolve(lines);
    street.world.run(3000);
    expect((result.outcome as ResolvedSeeds).seeds.map(({ id }) => id)).toEqual(street.ids);
  });
});

test("giving up ends it without a word", () => {
  const street = new Street(1);
  const { verifier, clock, random } = street.asker;
  const ports = { transport: street.asker.transport(), verifier, clock, random };
  let isTold = false;
  const cancel = resolveSeeds(street.lines, ports, () => {
    isTold = true;
  });
  street.world.run(100);
  cancel();
  street.open(street.hosts[0] as Host);
  street.world.run(60_000);
  expect(isTold).toBe(false);
});
