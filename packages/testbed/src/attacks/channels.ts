import type { Host } from "@p2p/sim";
import type { Attack } from "./attack.ts";
import { REMOVED, Stage } from "./stage.ts";

/** Somebody at the door. */
export const CHANNELS: readonly Attack[] = [
  /**
   * Under a thousand a second an honest handshake shall take less than a second at p99. Here none at all may take half of that,
   * as the simulator has no shortage of CPU: it shows that the pools do not keep honest callers out. What TLS costs whoever is
   * flooded is measured on processes, `packages/wire/bench/flood.ts`.
   */
  {
    number: 33,
    name: "half-open links by the thousand a second, at a seed and a member",
    stoppedBy: "bounded pools that drop their oldest (§4.4)",
    measures: {
      removed: REMOVED,
      seconds: { label: "seconds for an honest handshake, the slowest", of: "worst", atMost: 0.5 },
    },
    run(seed) {
      const stage = new Stage(seed, { loss: 0 });
      const { network } = stage;
      const targets = [network.seedHosts[0] as Host, stage.peer()];
      const knocker = network.world.host("knocker");
      const transport = knocker.transport();
      const owner = { linkOpened() {}, linkFrame() {}, linkDrained() {}, linkClosed() {} };
      let isOver = false;
      const knock = (): void => {
        if (isOver) return;
        for (const { address } of targets) transport.dial(address, owner);
        network.world.after(1, knock);
      };
      knock();
      const friend = stage.stranger();
      let seconds = 0;
      for (let round = 0; round < 4; round++) {
        for (const { address, signer } of targets) {
          const begun = network.world.now;
          const link = friend.dial(address, { purpose: "probe", expect: signer.id });
          const took = link === undefined ? Number.POSITIVE_INFINITY : (network.world.now - begun) / 1000;
          seconds = Math.max(seconds, took);
          link?.close();
        }
        stage.pass(200);
      }
      isOver = true;
      return stage.end({ seconds });
    },
  },
  {
    number: 34,
    name: "somebody poses as a member: with its name, and at its address",
    stoppedBy: "the handshake's signature over both introductions (§4.1; TLS: tests of @p2p/wire)",
    measures: { removed: REMOVED, links: { label: "links in its name", of: "sum", atMost: 0 } },
    run(seed) {
      const stage = new Stage(seed);
      const { network } = stage;
      const victim = stage.peer();
      const { id } = victim.signer;
      const mallory = network.world.host("mallory");
      const sign = mallory.signer.sign.bind(mallory.signer);
      const impostor = stage.stranger({ signer: { id, sign } }, "mallory");
      let links = 0;
      for (const host of [...network.seedHosts, ...network.live])
        for (const purpose of ["member", "probe"] as const)
          if (
            host !== victim &&
            impostor.dial(host.address, { purpose, expect: host.signer.id })?.isOpen === true
          )
            links++;
      // Whoever looks for the member at the impostor's address finds nobody.
      const friend = stage.stranger();
      if (friend.dial(mallory.address, { purpose: "probe", expect: id }) !== undefined) links++;
      stage.pass(2000);
      return stage.end({ links });
    },
  },
];
