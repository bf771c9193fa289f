import {
  type ConfigurationChain,
  configurationAfter,
  examineProposal,
  type Proposal,
  proposalOf,
  type SeedEntry,
  signConfiguration,
} from "@p2p/consensus";
import { operatorsBytes, P2PError, type Signer, sameBytes, verifier } from "@p2p/identity";
import type { SignedChange } from "./signed-change.ts";
import { describeChange, isSame, type Wish, wantedBy } from "./wish.ts";

/**
 * The change that was signed before and is not known to be decided; it has to end before another one begins. It may lack
 * this operator's signature: see {@link lacksSignature}.
 * @throws P2PError `CONFIG_INVALID` when it is for another number than the next, follows another configuration, names other
 *   operators, is not what is wished, proves nothing, or would be signed without a wish.
 */
export function underWay(
  signed: SignedChange,
  wish: Wish | undefined,
  chain: ConfigurationChain,
  signer: Signer,
): Proposal | undefined {
  const proposal = signed.read();
  if (proposal === undefined) return undefined;
  const { number, previous } = proposal.terms;
  if (number <= chain.number) return proposal;
  const { file } = signed;
  if (number > chain.number + 1)
    throw invalid(
      `the change in ${file} is for configuration ${number}, and the config file ends with ${chain.number}; put the newest config file beside it`,
    );
  if (!sameBytes(previous, chain.cfg))
    throw invalid(
      `the change in ${file} is for another network, or follows another configuration ${chain.number} than that of the config file; delete it if no seed of this network has it`,
    );
  if (!namesOperatorsOf(chain, proposal))
    throw invalid(
      `the change in ${file} would let other operators decide, which this command never writes; delete it, and ask who made it`,
    );
  if (wish !== undefined) mustBeMeant(proposal, wish, chain, file);
  const fault = examineProposal(proposal, chain.newest, verifier);
  if (typeof fault === "string" && !isShort(proposal, chain))
    throw invalid(`the change in ${file} proves nothing: ${fault}; delete it`);
  if (wish === undefined && lacksSignature(proposal, chain, signer))
    throw invalid(
      `${file} holds what another operator signed: ${describeChange(chain.seeds, proposal.terms.seeds, proposal.terms)}; say the same wish to sign it, too`,
    );
  return proposal;
}

/** Whether a change takes more signatures, and this operator's is not among them. */
export function lacksSignature(proposal: Proposal, chain: ConfigurationChain, { id }: Signer): boolean {
  return isShort(proposal, chain) && !proposal.signatures.some(({ operator }) => operator === id);
}

/**
 * The proposal with this operator's signature, too.
 * @param places the seeds with the keys that they themselves have announced for it: whoever has another one in its place would
 *   vote for that seed, and another operator may have written anything.
 * @throws P2PError `CONFIG_INVALID` when a key is another one.
 */
export function cosigned(
  proposal: Proposal,
  places: readonly SeedEntry[],
  chain: ConfigurationChain,
  { signer, signed }: { readonly signer: Signer; readonly signed: SignedChange },
): Proposal {
  const { terms, signatures } = proposal;
  for (const { id, address, voteKey } of terms.seeds)
    if (places.find((place) => place.id === id)?.voteKey !== voteKey)
      throw invalid(
        `the change in ${signed.file} has a key to vote with for the seed at ${address} that this seed does not have; delete it, and ask who made it`,
      );
  const next = configurationAfter(chain.newest, terms);
  if (typeof next === "string") throw invalid(`the change in ${signed.file} cannot be: ${next}; delete it`);
  const complete = proposalOf(next, [...signatures, signConfiguration(next, signer)]);
  const fault = examineProposal(complete, chain.newest, verifier);
  if (typeof fault === "string" && !isShort(complete, chain))
    throw invalid(`the change in ${signed.file} proves nothing: ${fault}; delete it`);
  signed.write(complete, describeChange(chain.seeds, terms.seeds, terms));
  return complete;
}

function isShort({ signatures }: Proposal, { newest }: ConfigurationChain): boolean {
  return signatures.length < (newest.operators?.needed ?? 0);
}

function namesOperatorsOf({ newest: { operators: held } }: ConfigurationChain, { terms }: Proposal): boolean {
  const { operators: named } = terms;
  if (held === undefined || named === undefined) return held === named;
  return sameBytes(operatorsBytes(held), operatorsBytes(named));
}

function mustBeMeant({ terms }: Proposal, wish: Wish, chain: ConfigurationChain, file: string): void {
  const wanted = wantedBy(wish, chain);
  const isMeant =
    wanted !== "fulfilled" &&
    wanted.faulty === terms.faulty &&
    wanted.version === (terms.version ?? 1) &&
    wanted.seeds.length === terms.seeds.length &&
    wanted.seeds.every((seed) => terms.seeds.some((one) => isSame(one, seed)));
  if (isMeant) return;
  const what = describeChange(chain.seeds, terms.seeds, terms);
  throw invalid(
    `another change is under way: ${what}; run "change" without more to end it, or delete ${file} if no seed has it yet: of two for one number none might ever hold`,
  );
}

/** What an operator has to mend in what there is. */
export function invalid(message: string): P2PError {
  return new P2PError("CONFIG_INVALID", message);
}
