import type { GossipOptions, GossipSettings } from "@p2p/gossip";

/** What a peer's gossip has from the peer, and why nobody else may say it. */
const OWN: Readonly<Record<Exclude<keyof GossipOptions, keyof GossipSettings>, string>> = {
  links: "it speaks over the links of the peer's own lobby",
  membership: "who may speak is what the seeds certify",
  incarnation: "the life that a message names is the one that the seeds certify",
  timing: "the pace of all parts is the profile's: profile: { ...ASSIGNMENT, gossip: { ... } }",
};

/**
 * `settings` as they are, looked over; a Gossip looks at the rest.
 * @throws TypeError when they are no object, or have what is the peer's own.
 */
export function settingsOf(settings: GossipSettings = {}): GossipSettings {
  if (typeof settings !== "object" || settings === null)
    throw new TypeError('gossip is an object of options, such as { order: "fifo" }');
  for (const [name, why] of Object.entries(OWN))
    if (Object.hasOwn(settings, name)) throw new TypeError(`gossip.${name} cannot be set: ${why}`);
  return settings;
}
