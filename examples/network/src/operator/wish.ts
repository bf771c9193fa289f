import {
  type Configuration,
  type ConfigurationChain,
  proposeConfiguration,
  type SeedEntry,
  seatsFor,
} from "@p2p/consensus";
import { isPeerId, P2PError, SIGNATURE_VERSION_MAX } from "@p2p/identity";
import { createNodeSigner } from "@p2p/identity/node";
import { tryParseAddress } from "@p2p/wire";
import { countOf, type Given, textOf } from "../options.ts";
import { UsageError } from "../program.ts";

/** What an operator wants to be different among the seeds. */
export interface Wish {
  readonly add: SeedEntry | undefined;
  /** An id or an address. */
  readonly remove: string | undefined;
  /** Another f. */
  readonly faulty: number | undefined;
  /** Another version of signed bytes. */
  readonly version: number | undefined;
  /** The same seeds with fresh vote keys. */
  readonly renew: boolean;
}

/** The seeds that there shall be, and f. */
export interface Wanted {
  readonly seeds: readonly SeedEntry[];
  readonly faulty: number;
  readonly version: number;
}

/** The options that say a wish. */
export const WISH_OPTIONS = {
  add: { value: "ADDRESS ID", help: "one seed more: the line that it prints with --print-id", once: true },
  remove: { value: "SEED", help: "one seed less, by its id or address", once: true },
  replace: { value: "SEED ADDRESS ID", help: "another one in the place of a seed", once: true },
  faulty: { value: "F", help: "another f; needs n ≥ 3f + 1", once: true },
  signatures: {
    value: "V",
    help: `the version of the bytes that seeds sign, 1 to ${SIGNATURE_VERSION_MAX}: all nodes have to read it`,
  },
  renew: { help: "the same seeds with fresh vote keys, so that the earlier ones are worth nothing" },
};

/** What the command line wishes; nothing if it wishes nothing. @throws UsageError when it is no wish. */
export function readWish(given: Given): Wish | undefined {
  const [add, remove, replace] = ["add", "remove", "replace"].map((name) => textOf(given, name)?.split(" "));
  if ([add, remove, replace].filter(Boolean).length > 1)
    throw new UsageError("one change at a time: give one of --add, --remove and --replace");
  const renew = given["renew"] === true;
  const faulty = textOf(given, "faulty") === undefined ? undefined : countOf(given, "faulty", 0, 0, 21);
  const isNamed = textOf(given, "signatures") !== undefined;
  const version = isNamed ? countOf(given, "signatures", 1, 1, SIGNATURE_VERSION_MAX) : undefined;
  if (!add && !remove && !replace && !renew && faulty === undefined && version === undefined)
    return undefined;
  const wish = { add: undefined, remove: remove?.[0], faulty, version, renew };
  if (add !== undefined) return { ...wish, add: entryOf(add, "add") };
  if (replace !== undefined)
    return { ...wish, remove: replace[0], add: entryOf(replace.slice(1), "replace") };
  return wish;
}

/**
 * The seeds that fulfil `wish`, after the configuration that holds; `"fulfilled"` if they are the seeds already.
 * @throws P2PError `SEED_UNKNOWN` when nobody can be removed by that name, `CONFIG_INVALID` when the newcomer is a seed
 *   already, or another one has its address.
 */
export function wantedBy(wish: Wish, chain: ConfigurationChain): Wanted | "fulfilled" {
  const { seeds, faulty, version } = chain.newest;
  const { add, remove } = wish;
  const gone = remove === undefined ? undefined : seeds.find((seed) => isNamed(seed, remove));
  const isThere = add !== undefined && seeds.some((seed) => isSame(seed, add));
  const isGone = remove !== undefined && gone === undefined && wasSeed(remove, chain);
  const isMeant = (add === undefined || isThere) && (remove === undefined || isGone);
  const after = { faulty: wish.faulty ?? faulty, version: wish.version ?? version };
  const isAsBefore = after.faulty === faulty && after.version === version;
  if ((add ?? remove) !== undefined && isMeant && isAsBefore) return "fulfilled";
  if (remove !== undefined && gone === undefined) throw unknown(remove, chain.newest);
  const stay = seeds.filter((seed) => seed !== gone);
  const twin = add && stay.find((seed) => seed.id === add.id || seed.address === add.address);
  if (twin !== undefined)
    throw new P2PError(
      "CONFIG_INVALID",
      `there is a seed ${twin.address} ${twin.id} already; give another address and id`,
    );
  if (!wish.renew && add === undefined && gone === undefined && isAsBefore) return "fulfilled";
  return { seeds: add === undefined ? stay : [...stay, add], ...after };
}

/** @throws P2PError `CONFIG_INVALID` when the seeds that are wanted cannot be, as with an f that is too large for so few. */
export function mustBePossible({ seeds, faulty, version }: Wanted, { newest }: ConfigurationChain): void {
  if (faulty > 0 && seeds.length < seatsFor(faulty))
    throw new P2PError(
      "CONFIG_INVALID",
      `f = ${faulty} needs n ≥ 3f + 1 = ${seatsFor(faulty)} seeds, there would be ${seeds.length}; --replace the seed instead, or say another f with --faulty`,
    );
  const places = seeds.map((seed) => ({ ...seed, voteKey: createNodeSigner().id }));
  void proposeConfiguration(newest, { seeds: places, faulty, version });
}

/** What changes from one configuration to the next, as an operator would say it. */
export function describeChange(
  before: readonly SeedEntry[],
  after: readonly SeedEntry[],
  { faulty, version = 1 }: { readonly faulty: number; readonly version?: number | undefined },
): string {
  const added = after.filter((seed) => !before.some((one) => isSame(one, seed)));
  const removed = before.filter((seed) => !after.some((one) => isSame(one, seed)));
  const parts = [
    ...added.map(({ address }) => `${address} becomes a seed`),
    ...removed.map(({ address }) => `${address} is one no more`),
  ];
  if (parts.length === 0) parts.push("the seeds stay, with fresh vote keys");
  const signed = version > 1 ? `, signatures of version ${version}` : "";
  return `${parts.join(", ")}; then n = ${after.length}, f = ${faulty}${signed}`;
}

/** Whether two name one seed, at one address. */
export function isSame(a: SeedEntry, b: SeedEntry): boolean {
  return a.id === b.id && a.address === b.address;
}

function entryOf([place = "", id = "", ...rest]: readonly string[], option: string): SeedEntry {
  const address = tryParseAddress(place);
  if (address !== undefined && !address.endsWith(":0") && isPeerId(id) && rest.length === 0)
    return { address, id };
  const form = option === "add" ? "ADDRESS ID" : "SEED ADDRESS ID";
  throw new UsageError(
    `--${option} is ${form}, as in the line that the new seed prints with --print-id, not "${[place, id].join(" ").trim()}"`,
  );
}

function isNamed({ id, address }: SeedEntry, name: string): boolean {
  return id === name || address === name;
}

function wasSeed(name: string, chain: ConfigurationChain): boolean {
  const earlier = chain.after(0).flatMap(({ proposal }) => proposal.terms.seeds);
  return [...chain.first.seeds, ...earlier].some((seed) => isNamed(seed, name));
}

function unknown(name: string, { seeds, number }: Configuration): P2PError {
  const those = seeds.map(({ address }) => address).join(", ");
  return new P2PError(
    "SEED_UNKNOWN",
    `there is no seed "${name}" in configuration ${number}; there are ${those}: give the id or address of one`,
  );
}
