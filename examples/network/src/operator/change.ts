import {
  type ConfigurationChain,
  configurationTerms,
  type JointCertificate,
  type Proposal,
  proposalOf,
  proposeConfiguration,
  type SeedEntry,
  signConfiguration,
} from "@p2p/consensus";
import { type Signer, sameBytes } from "@p2p/identity";
import type { OperatorClient } from "@p2p/seed/client";
import { write } from "@p2p/wire";
import type { Config } from "../config-file.ts";
import { counted } from "../counted.ts";
import { NODE_OPTIONS, readNodeConfig } from "../node-setup.ts";
import { onEnd, UsageError } from "../program.ts";
import { SECURITY_OPTIONS } from "../security.ts";
import type { Command } from "./command.ts";
import { writeChanges } from "./new-config.ts";
import { OPERATOR_OPTION, readOperatorKey } from "./operator-key.ts";
import { chainIn, openSession, operatorsOf, type Session } from "./session.ts";
import { SignedChange } from "./signed-change.ts";
import { cosigned, invalid, lacksSignature, underWay } from "./under-way.ts";
import {
  describeChange,
  isSame,
  mustBePossible,
  readWish,
  type Wanted,
  WISH_OPTIONS,
  type Wish,
  wantedBy,
} from "./wish.ts";

/** Changes the seeds of a network that runs. */
export const change: Command = {
  usage: `Changes the seeds of a network that runs: signs the next configuration, brings it to the seeds, waits for the votes of
both quorums, and adds what they decided to the config file. Run it again to go on where it was stopped.

  npm run operator -- change --replace 192.0.2.1:6000 192.0.2.9:6000 ID

A new seed has to run before, with --join and the same config file, and so have all that stay.`,
  options: {
    ...WISH_OPTIONS,
    config: NODE_OPTIONS["config"] ?? { help: "" },
    ...OPERATOR_OPTION,
    ...SECURITY_OPTIONS,
  },
  async run(given) {
    const wish = readWish(given);
    const config = readNodeConfig(given);
    const chain = chainIn(config);
    const signer = readOperatorKey(given, config, operatorsOf(chain, config));
    const signed = new SignedChange(config.file);
    const begun = underWay(signed, wish, chain, signer);
    if (begun === undefined) mustBeWished(wish, chain);

    const session = openSession(given, chain, console.log);
    onEnd(() => {
      console.log("Stopped; run the same command again to go on");
      process.exit(130);
    });
    const proposal =
      begun === undefined
        ? await agree(session, wish as Wish, signer, signed)
        : await countersign(session, begun, signer, signed);
    if (proposal === undefined) console.log("Nothing to do: the seeds are so already");
    else await carryOut({ session, proposal, signed, config });
    await session.end();
    process.exit(0);
  },
};

/** Gets the vote keys of all that shall be seeds, and signs. Nothing if they are the seeds already. */
async function agree(
  { chain, client }: Session,
  wish: Wish,
  signer: Signer,
  signed: SignedChange,
): Promise<Proposal | undefined> {
  for (;;) {
    const { newest } = chain;
    const wanted = wantedBy(wish, chain);
    if (wanted === "fulfilled") return undefined;
    mustBePossible(wanted, chain);
    const what = describeChange(newest.seeds, wanted.seeds, wanted);
    console.log(`Configuration ${newest.number + 1}: ${what}`);
    console.log(`Asking ${counted(wanted.seeds.length, "seed")} for the keys that they would vote with`);
    client.meet(wanted.seeds);
    const seeds = await keysOf(client, wanted.seeds);
    // Others were faster: what is wanted is looked at again, after what they did.
    if (seeds === undefined || chain.newest !== newest) continue;
    mustRead(wanted, client);
    const { faulty, version } = wanted;
    const next = proposeConfiguration(newest, { seeds, faulty, version });
    const proposal = proposalOf(next, [signConfiguration(next, signer)]);
    signed.write(proposal, what);
    return proposal;
  }
}

/** What others signed, with this operator's signature if it takes one more: not before the seeds said that the keys are theirs. */
async function countersign(
  { chain, client }: Session,
  begun: Proposal,
  signer: Signer,
  signed: SignedChange,
): Promise<Proposal> {
  if (begun.terms.number <= chain.number || !lacksSignature(begun, chain, signer)) return begun;
  const { seeds } = begun.terms;
  console.log(`Configuration ${begun.terms.number}: ${describeChange(chain.seeds, seeds, begun.terms)}`);
  console.log(`Asking ${counted(seeds.length, "seed")} whether the keys in it are theirs`);
  client.meet(seeds);
  const places = await keysOf(client, seeds);
  return places === undefined ? begun : cosigned(begun, places, chain, { signer, signed });
}

/** The seeds with the keys that they would vote with; nothing if others were faster. */
function keysOf(
  client: OperatorClient,
  seeds: readonly SeedEntry[],
): Promise<readonly SeedEntry[] | undefined> {
  return new Promise((resolve) => {
    client.askKeys(seeds, resolve);
    client.once("changed", () => resolve(undefined));
  });
}

/** @throws P2PError `CONFIG_INVALID` when a seed would be left behind. */
function mustRead({ seeds, version }: Wanted, client: OperatorClient): void {
  const [old] = client.cannotRead(version, seeds);
  if (old === undefined) return;
  throw invalid(
    `the seed at ${old.address} does not read signatures of version ${version}: install the newer release there first, and everywhere else`,
  );
}

interface Errand {
  readonly session: Session;
  readonly proposal: Proposal;
  readonly signed: SignedChange;
  readonly config: Config;
}

/** Brings a proposal to the seeds, and stays until it is decided. */
async function carryOut({ session, proposal, signed, config }: Errand): Promise<void> {
  const { chain, client } = session;
  const { number, seeds } = proposal.terms;
  const before = chain.seeds;
  client.meet(seeds);
  const { needed = 1 } = chain.newest.operators ?? {};
  const { length: count } = proposal.signatures;
  if (count < needed && chain.number < number)
    return console.log(
      `Signed by ${count} of the ${needed} operators that it takes: bring ${signed.file} to another one, to lie beside the ` +
        "config file there, who runs the same command",
    );
  console.log(`Handing configuration ${number} to the seeds; they decide`);
  const certificate = await handIn(session, proposal);
  const old = writeChanges(config, chain);
  signed.remove();
  if (!isOf(certificate, proposal))
    throw invalid(
      `configuration ${number} was decided otherwise, and ${config.file} says how; if the seeds are not as you want them, run the command again`,
    );
  const votes = `${certificate.old.length} votes of those before, ${certificate.new.length} of those from now on`;
  console.log(
    `DECIDED: configuration ${number} holds: ${describeChange(before, seeds, proposal.terms)} (${votes})`,
  );
  if (old !== undefined) console.log(`Wrote ${config.file}; as it was before it is in ${old}`);
  await new Promise<void>((resolve) => {
    client.untilSettled(resolve);
  });
  console.log("A quorum of the seeds has taken over, and votes");
  for (const line of afterwards(before, chain, config.file)) console.log(line);
}

/** Until a configuration of its number holds. @throws P2PError `CONFIG_INVALID` when so many seeds refuse it that none will. */
async function handIn({ chain, client }: Session, proposal: Proposal): Promise<JointCertificate> {
  const refusals = new Map<string, string>();
  const taken = new Set<string>();
  return new Promise((resolve, reject) => {
    client.on("answered", ({ seed, number, outcome, detail }) => {
      const address = chain.entry(seed)?.address ?? seed;
      if (number !== proposal.terms.number || chain.number >= number || taken.has(seed)) return;
      if (outcome === "taken") {
        taken.add(seed);
        return console.log(`Taken by the seed at ${address}`);
      }
      if (!refusals.has(seed)) console.log(`Refused by the seed at ${address}: ${detail}`);
      refusals.set(seed, detail);
      if (chain.size - refusals.size < chain.quorum)
        reject(invalid(`the seeds refuse configuration ${number}: ${detail}`));
    });
    client.propose(proposal, resolve);
  });
}

/** What there is to do by hand now. */
function afterwards(before: readonly SeedEntry[], { seeds }: ConfigurationChain, file: string): string[] {
  const added = seeds.filter((seed) => !before.some((one) => isSame(one, seed)));
  const removed = before.filter((seed) => !seeds.some((one) => isSame(one, seed)));
  return [
    ...added.map(
      ({ address }) =>
        `NOW: start the seed at ${address} with the new ${file} from its next start on; it needs --join no more`,
    ),
    ...removed.map(({ address }) => `NOW: stop the seed at ${address}; it votes for nothing any more`),
    `NOW: give ${file} to newcomers; nodes that run, and those that start again soon, have been told`,
  ];
}

/** @throws UsageError on no wish, P2PError as {@link wantedBy} and {@link mustBePossible}. */
function mustBeWished(wish: Wish | undefined, chain: ConfigurationChain): void {
  if (wish === undefined)
    throw new UsageError(
      "nothing to change: say --add, --remove, --replace, --faulty, --signatures or --renew; --help tells more",
    );
  const wanted = wantedBy(wish, chain);
  if (wanted !== "fulfilled") mustBePossible(wanted, chain);
}

function isOf({ proposal }: JointCertificate, { terms }: Proposal): boolean {
  return sameBytes(write(configurationTerms, proposal.terms), write(configurationTerms, terms));
}
