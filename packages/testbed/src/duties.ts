import type { Published } from "./invariants/gossip.ts";
import type { Network } from "./network.ts";

/** What a network owes once nothing is wrong with it any more. */
export interface Duty {
  readonly rule: string;
  readonly detail: string;
  readonly hosts: readonly string[];
}

/** What is still owed. Empty: all is well. */
export function dutiesOwed(network: Network, messages: Iterable<Published>, m: number): readonly Duty[] {
  return [
    ...started(network),
    ...changed(network),
    ...listed(network),
    ...linked(network, m),
    ...delivered(network, messages),
  ];
}

function started({ books }: Network): readonly Duty[] {
  return books.failures.map((detail) => ({ rule: "everybody starts", detail, hosts: [] }));
}

function changed({ operator }: Network): readonly Duty[] {
  if (operator?.isBusy !== true) return [];
  return [{ rule: "other seeds take over", detail: "a change of the seeds is not carried out", hosts: [] }];
}

function listed(network: Network): readonly Duty[] {
  const owed: Duty[] = [];
  const { names } = network;
  const live = new Set(network.live.map(({ signer }) => signer.id));
  for (const host of network.council) {
    const { ledger } = network.seed(host);
    for (const id of live) {
      const name = names.get(id) ?? id;
      if (!ledger.isMember(id))
        owed.push({
          rule: "who lives is listed",
          detail: `${host.name} lacks ${name}`,
          hosts: [host.name, name],
        });
    }
    // Where few live, the seeds cannot know that it is not they who are cut off (PROTOCOL.md §9.7): only leases end.
    const isSighted = live.size > 0 && 2 * live.size >= ledger.size - 1;
    for (const id of ledger.memberIds()) {
      const name = names.get(id) ?? id;
      if (!live.has(id) && isSighted)
        owed.push({
          rule: "who is dead is gone",
          detail: `${host.name} lists ${name}`,
          hosts: [host.name, name],
        });
    }
  }
  for (const host of network.live) {
    if (!network.peer(host).seeds.isMember)
      owed.push({ rule: "who lives is listed", detail: `${host.name} is no member`, hosts: [host.name] });
  }
  if (!network.listsAreEqual)
    owed.push({ rule: "the seeds' lists are equal", detail: "they differ", hosts: [] });
  return owed;
}

function linked(network: Network, m: number): readonly Duty[] {
  const { components, live } = network;
  const owed: Duty[] = [];
  if (live.length > 0 && components !== 1)
    owed.push({ rule: "the overlay is one", detail: `it is in ${components} parts`, hosts: [] });
  for (const host of live) {
    const { degree } = network.peer(host).overlay;
    if (degree < Math.min(m, live.length - 1)) {
      const detail = `${host.name} has ${degree} of ${Math.min(m, live.length - 1)}`;
      owed.push({ rule: "everybody has m neighbours", detail, hosts: [host.name] });
    }
  }
  return owed;
}

/**
 * What somebody who still runs has got is owed to everybody, if its origin is listed in the life in which it said it: of
 * a life that is over nobody takes anything any more.
 */
function delivered(network: Network, messages: Iterable<Published>): readonly Duty[] {
  const owed: Duty[] = [];
  const live = network.live.map((host) => ({ host, peer: network.peer(host) }));
  for (const { origin, incarnation, sequence, heardBy } of messages) {
    if (!network.liveSeeds.every(({ ledger }) => ledger.isMember(origin.signer.id, incarnation))) continue;
    if (!live.some(({ peer }) => heardBy.has(peer))) continue;
    for (const { host, peer } of live) {
      if (host === origin || heardBy.has(peer)) continue;
      const detail = `${host.name} lacks ${origin.name}'s ${sequence}`;
      owed.push({ rule: "what was accepted is delivered", detail, hosts: [host.name, origin.name] });
    }
  }
  return owed;
}
