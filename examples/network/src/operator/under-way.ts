import {
  type ConfigurationChain,
  configurationAfter,
  examineProposal,
  type Proposal,
  proposalOf,
  signConfiguration,
} from "@p2p/consensus";
import { P2PError, type Signer, sameBytes, verifier } from "@p2p/identity";
import type { SignedChange } from "./signed-change.ts";
import { describeChange, isSame, type Wish, wantedBy } from "./wish.ts";

/**
 * The change that was signed before and is not known to be decided, now with this operator's signature, too; it has to end
 * before another one begins.
 * @throws P2PError `CONFIG_INVALID` when it is for another number than the next, follows another configuration, is not what is
 *   wished, or proves nothing.
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
  if (wish !== undefined) mustBeMeant(proposal, wish, chain, file);
  const complete = cosigned(proposal, chain, signer, signed);
  const fault = examineProposal(complete, chain.newest, verifier);
  const isShort = complete.signatures.length < (chain.newest.operators?.needed ?? 0);
  if (typeof fault === "string" && !isShort)
    throw invalid(`the change in ${file} proves nothing: ${fault}; delete it`);
  return complete;
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

/** The proposal with this operator's signature, too. */
function cosigned(
  proposal: Proposal,
  chain: ConfigurationChain,
  signer: Signer,
  signed: SignedChange,
): Proposal {
  const { terms, signatures } = proposal;
  if (signatures.some(({ operator }) => operator === signer.id)) return proposal;
  const next = configurationAfter(chain.newest, terms);
  if (typeof next === "string") throw invalid(`the change in ${signed.file} cannot be: ${next}; delete it`);
  const both = proposalOf(next, [...signatures, signConfiguration(next, signer)]);
  signed.write(both, describeChange(chain.seeds, terms.seeds, terms));
  return both;
}

/** What an operator has to mend in what there is. */
export function invalid(message: string): P2PError {
  return new P2PError("CONFIG_INVALID", message);
}
