import { type Host, World } from "@p2p/sim";
import { type Address, every, type LinkOwner } from "@p2p/wire";

/** A protocol of our own: greets a friend every second, and writes down who greeted. */
function greeter(friend: Address, heard: string[]): (host: Host) => void {
  return (host) => {
    const transport = host.transport();
    const owner: LinkOwner = {
      linkOpened(link) {
        if (link.dialled) link.send(new TextEncoder().encode(host.name));
      },
      linkFrame(link, frame) {
        heard.push(`${host.name} heard ${new TextDecoder().decode(frame)}`);
        link.close();
      },
      linkDrained() {},
      linkClosed() {},
    };
    const greet = (): unknown => transport.dial(friend, owner);
    transport.listen(host.address, owner, () => every(host.clock, () => 1000, greet));
  };
}

/** What is heard before ben crashes, while he is back behind a cut, and after the cut is healed. */
export function story(seed: number): string[][] {
  const heard: string[] = [];
  const world = new World({ seed, latency: { minMs: 20, maxMs: 80 }, loss: 0.05 });
  const [anna, ben] = [world.host("anna"), world.host("ben")];
  anna.boot(greeter(ben.address, heard));
  ben.boot(greeter(anna.address, heard));
  const during = (ms: number): string[] => {
    world.run(ms);
    return heard.splice(0);
  };
  const before = during(10_000); // ten virtual seconds, in a moment
  ben.restart();
  world.cut(anna, ben);
  const apart = during(60_000);
  world.heal();
  return [before, apart, during(10_000)];
}
