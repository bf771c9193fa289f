import { type Report, signAccusation } from "@p2p/consensus";
import type { Signer } from "@p2p/identity";
import { REPORT } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { Lobby } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { Network } from "../src/network.ts";

/** A report against `victim` as it is listed now, signed by `accusers`. */
function reportAgainst(network: Network, victim: Host, accusers: readonly Signer[]): Report {
  const { peer, incarnation } = listed(network, victim);
  const at = victim.clock.wallTime();
  const accusations = accusers.map((signer) =>
    signAccusation(
      { victim: peer, incarnation, accuser: signer.id, at, lastSeen: 0 },
      network.configuration.networkId,
      signer,
    ),
  );
  return { victim: peer, incarnation, accusations };
}

function listed(network: Network, host: Host) {
  const members = [...(network.liveSeeds[0]?.ledger.members() ?? [])];
  return members.find(({ peer }) => peer === host.signer.id) as (typeof members)[number];
}

/** Sends `report` from a host that is no member, once to each seed. */
function sendAsOutsider(network: Network, outsider: Host, report: Report): void {
  const lobby = outsider.boot(
    () =>
      new Lobby({
        transport: outsider.transport(),
        listen: outsider.address,
        signer: outsider.signer,
        verifier: outsider.verifier,
        clock: outsider.clock,
        random: outsider.random,
        network: network.configuration.network,
      }),
  );
  for (const { address, id } of network.configuration.seeds) {
    lobby.dial(address, {
      expect: id,
      done: (outcome) => {
        if ("connection" in outcome) outcome.connection.send(REPORT.encode({ report }));
      },
    });
  }
}

function settled(seed: number): Network {
  const network = new Network({ seed });
  expect(network.settle()).toBe(true);
  network.world.run(90_000); // edges are old enough: the electorates are full
  return network;
}

describe("a report that is not true", () => {
  test("of an outsider removes nobody, and each seed warns of it once", () => {
    const network = settled(1);
    const [victim] = network.peerHosts as [Host];
    const outsider = network.world.host("outsider");
    const friends = ["x", "y", "z"].map((name) => network.world.host(name).signer);
    sendAsOutsider(network, outsider, reportAgainst(network, victim, [outsider.signer, ...friends]));
    network.world.run(120_000);
    expect(network.books.removals).toEqual([]);
    expect(network.books.forged.map(({ from }) => from)).toEqual(
      Array.from({ length: 3 }, () => outsider.signer.id),
    );
  });

  test("of one member, who signs for others as well, removes nobody, and each seed warns of it once", () => {
    const network = settled(2);
    const [victim, liar, ...others] = network.peerHosts as [Host, Host, ...Host[]];
    const impostors = others.map(({ signer: { id } }) => ({ id, sign: liar.signer.sign.bind(liar.signer) }));
    const report = reportAgainst(network, victim, [liar.signer, ...impostors]);
    network.peer(liar).seeds.report(report);
    network.world.run(1000);
    network.peer(liar).seeds.report(report);
    network.world.run(120_000);
    expect(network.books.removals).toEqual([]);
    expect(network.books.forged.map(({ from }) => from)).toEqual(
      Array.from({ length: 3 }, () => liar.signer.id),
    );
  });

  test("with stolen signatures of the victim's last life removes nobody, and each seed warns of it once", () => {
    const network = settled(3);
    const [victim, ...others] = network.peerHosts as [Host, ...Host[]];
    const stolen = reportAgainst(
      network,
      victim,
      others.map(({ signer }) => signer),
    );
    victim.crash();
    network.world.run(1000);
    network.bootPeer(victim);
    network.world.run(30_000);
    expect(listed(network, victim).incarnation).toBeGreaterThan(stolen.incarnation);
    sendAsOutsider(network, network.world.host("thief"), stolen);
    network.world.run(120_000);
    expect(network.books.removals).toEqual([]);
    expect(network.books.forged).toHaveLength(3);
  });

  test("of all neighbours together, who really sign it, makes the seeds look, and removes nobody", () => {
    for (let seed = 4; seed < 14; seed++) {
      const network = settled(seed);
      const [victim, ...others] = network.peerHosts as [Host, ...Host[]];
      const report = reportAgainst(
        network,
        victim,
        others.map(({ signer }) => signer),
      );
      const opened: string[] = [];
      for (const node of network.liveSeeds) node.on("caseOpened", ({ reason }) => opened.push(reason));
      for (const host of others) network.peer(host).seeds.report(report);
      network.world.run(120_000);
      expect(opened).not.toEqual([]);
      expect(network.books.removals).toEqual([]);
      expect(network.isSettled).toBe(true);
    }
  });
});
