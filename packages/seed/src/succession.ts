import {
  type ConfigurationBallot,
  type ConfigurationChain,
  ConfigurationSlot,
  type ConfigurationVote,
  examineJointCertificate,
  examineProposal,
  FALSE_OPERATOR,
  type JointCertificate,
  type Proposal,
  type Ready,
  readyStatement,
  type Side,
  signConfigurationVote,
  type VoteKeyAnnouncement,
  verifyConfigurationVote,
  verifyReady,
  voteKeyStatement,
  type Word,
} from "@p2p/consensus";
import { P2PError, type PeerId } from "@p2p/identity";
import { type Address, Allowance, type Connection } from "@p2p/wire";
import { EventEmitter } from "eventemitter3";
import { CONFIG_VOTE, PROPOSE, PROPOSE_ANSWER, READY, VOTE_KEY, VOTE_KEY_ASK } from "./frames.ts";
import type { Freshness } from "./freshness.ts";
import type { Office } from "./office.ts";
import type { QuorumClock } from "./quorum-clock.ts";
import type { SuccessionLog } from "./succession-log.ts";
import type { VoteKeys } from "./vote-keys.ts";

interface SuccessionEvents {
  /** Other seeds decide from now on; the disk knows. */
  succeeded: [];
  /** There is a new proposal: others may have to be linked with. */
  proposed: [];
}

/** What a succession takes and gives. */
export interface SuccessionRooms {
  readonly chain: ConfigurationChain;
  readonly keys: VoteKeys;
  readonly log: SuccessionLog;
  readonly freshness: Freshness;
  readonly clock: QuorumClock;
}

/** Proposals, and questions for vote keys, of one sender that are looked at within a minute. */
const LOOKS_A_MINUTE = 8;

/**
 * How the seeds themselves are changed: takes what operators propose, says when this seed is ready for it, votes for it,
 * counts the votes, and makes the new configuration hold. What this seed has said it says again until it is decided, over
 * every new link and every few seconds. PROTOCOL.md §10.8.
 */
export class Succession extends EventEmitter<SuccessionEvents> {
  readonly #office: Office;
  readonly #rooms: SuccessionRooms;
  readonly #looks = new Allowance({ max: LOOKS_A_MINUTE, perMs: 60_000 });
  #slot: ConfigurationSlot;
  /** What is on its way to the disk: a configuration that shall hold, or this seed's choice. */
  #isWriting = false;

  constructor(office: Office, rooms: SuccessionRooms) {
    super();
    this.#office = office;
    this.#rooms = rooms;
    this.#slot = new ConfigurationSlot(rooms.chain.newest);
    const { links, seeds } = office.lobby;
    for (const room of [links, seeds]) {
      room.route(VOTE_KEY_ASK, ({ number }, from) => this.#tellKey(number, from));
      room.route(PROPOSE, ({ proposal }, from) => this.#hear(proposal, from));
    }
    seeds.route(READY, (word, from) => this.#hearReady(word, from));
    seeds.route(CONFIG_VOTE, (vote, from) => this.#hearVote(vote, from));
    seeds.on("joined", (connection) => this.#tell((frame) => connection.send(frame)));
  }

  /** Those who may become seeds: they are to be linked with, like seeds. */
  get candidates(): readonly { readonly id: PeerId; readonly address: Address }[] {
    return this.#slot.ballots.flatMap(({ next }) => next.seeds);
  }

  /** Goes on where the log ends. */
  start(): void {
    const { agenda, timing } = this.#office;
    this.#open();
    agenda.every(
      () => timing.syncMs,
      () => this.#repeat(),
    );
  }

  /** Somebody brought what shall make another configuration hold. */
  bring(certificate: JointCertificate, from: Connection): void {
    const { chain } = this.#rooms;
    if (this.#isWriting || certificate.proposal.terms.number !== chain.number + 1) return;
    const { verifier } = this.#office.lobby.local;
    const next = examineJointCertificate(certificate, chain.newest, verifier);
    if (typeof next === "string") return this.#office.forged(from.id, "configuration", next);
    const { version } = next;
    if (version > chain.reads) this.#office.tell("outdated", { version });
    else this.#keep(certificate);
  }

  /** Something has changed that may let this seed say more: looks at all proposals. */
  pursue(): void {
    for (const ballot of this.#slot.ballots) this.#advance(ballot);
  }

  /** Begins the next number, with what the log has on it. */
  #open(): void {
    const { chain, log } = this.#rooms;
    const { verifier } = this.#office.lobby.local;
    this.#slot = new ConfigurationSlot(chain.newest);
    if (log.choice !== undefined) this.#slot.choose(log.choice);
    for (const proposal of log.proposals) {
      const next = examineProposal(proposal, chain.newest, verifier);
      if (typeof next !== "string" && next.version <= chain.reads) this.#slot.admit(proposal, next);
    }
    this.#makeKey();
    this.pursue();
  }

  // ---- the key ---------------------------------------------------------------------------------------------------

  #tellKey(number: number, from: Connection): void {
    const { chain, keys } = this.#rooms;
    if (number !== chain.number + 1 || !chain.newest.canChange || !this.#takes(from)) return;
    keys.make(number, (key) => {
      if (key instanceof P2PError) return this.#office.diskFailed(key);
      from.send(VOTE_KEY.encode(this.#announcement(number, key.id)));
    });
  }

  #announcement(number: number, key: PeerId): VoteKeyAnnouncement {
    const { id, networkId, signer } = this.#office.lobby.local;
    const terms = { number, seed: id, key };
    return { ...terms, signature: signer.sign(voteKeyStatement(terms, networkId)) };
  }

  /** Who is proposed has made its key before, unless its disk failed just then. */
  #makeKey(): void {
    const { chain, keys } = this.#rooms;
    if (this.#slot.ballots.some(({ next }) => next.has(this.#office.id)))
      keys.make(chain.number + 1, () => this.pursue());
  }

  // ---- proposals and words ---------------------------------------------------------------------------------------

  #hear(proposal: Proposal, from: Connection): void {
    const { chain, log } = this.#rooms;
    const isSeed = from.remote.role === "seed";
    if (isSeed ? !this.#office.hears(from, proposal.signatures.length) : !this.#takes(from)) return;
    const next = examineProposal(proposal, chain.newest, this.#office.lobby.local.verifier);
    if (typeof next === "string") {
      // An operator's tool may have a wrong key; a seed checks what it passes on.
      if (next === FALSE_OPERATOR && isSeed) this.#office.blame(from, "proposal", next);
      else if (next === FALSE_OPERATOR) this.#office.forged(from.id, "proposal", next);
      return isSeed ? undefined : answer(from, proposal, "refused", next);
    }
    if (next.version > chain.reads) {
      const why = `seeds would sign in version ${next.version}, and this release reads ${chain.reads} at most`;
      return isSeed ? undefined : answer(from, proposal, "refused", why);
    }
    const isKnown = this.#slot.ballotOn(next.cfg) !== undefined;
    const ballot = this.#slot.admit(proposal, next);
    if (ballot === undefined) return answer(from, proposal, "refused", "there are too many for this number");
    if (isKnown) return isSeed ? undefined : answer(from, proposal, "taken", "");
    log.keepProposal(proposal, (error) => {
      if (error !== undefined) return this.#office.diskFailed(error);
      if (!isSeed) answer(from, proposal, "taken", "");
    });
    this.#office.lobby.seeds.broadcast(PROPOSE.encode({ proposal }), from);
    this.#office.tell("configurationProposed", {
      number: next.number,
      seeds: next.seeds,
      isContested: this.#slot.ballots.length > 1,
    });
    this.emit("proposed");
    this.#makeKey();
    this.#advance(ballot);
  }

  #hearReady(word: Ready, from: Connection): void {
    const ballot = this.#slot.ballotOn(word.cfg);
    if (ballot?.wantsReady(word) !== true || !this.#office.hears(from)) return;
    if (!verifyReady(word, ballot.next, this.#office.lobby.local.verifier))
      return this.#office.blame(from, "ready", "not signed by the seed's vote key");
    ballot.admitReady(word);
    this.#advance(ballot);
  }

  #hearVote(vote: ConfigurationVote, from: Connection): void {
    const ballot = this.#slot.ballotOn(vote.cfg);
    if (ballot?.wants(vote) !== true || !this.#office.hears(from)) return;
    if (!verifyConfigurationVote(vote, ballot.pair, this.#office.lobby.local.verifier))
      return this.#office.blame(from, "configuration vote", "not signed by its seed");
    ballot.cast(vote);
    this.#advance(ballot);
  }

  /** Says what there is to say, as far as it goes: one word may make the next one due. */
  #advance(ballot: ConfigurationBallot): void {
    if (this.#slot.ballotOn(ballot.next.cfg) !== ballot) return;
    const { chain, clock, freshness, keys } = this.#rooms;
    const stand = {
      seed: this.#office.id,
      isFresh: freshness.hasLearned,
      nextKey: keys.signerOf(chain.number + 1)?.id,
      tick: clock.tick,
    };
    const [word] = this.#slot.due(ballot, stand);
    if (word !== undefined) this.#say(word, ballot);
    const certificate = ballot.certificate();
    if (certificate !== undefined) this.#keep(certificate);
  }

  #say(word: Word, ballot: ConfigurationBallot): void {
    if (word === "ready") return this.#sayReady(ballot);
    if (word === "new" || this.#slot.hasChosen(ballot.next.cfg)) return this.#vote(word, ballot);
    if (this.#isWriting) return;
    // Its mind is made up from here on, and told once it cannot be forgotten.
    const { number, cfg } = ballot.next;
    this.#slot.choose(cfg);
    this.#isWriting = true;
    this.#rooms.log.keepChoice(number, cfg, (error) => {
      this.#isWriting = false;
      if (error !== undefined) return this.#office.diskFailed(error);
      if (this.#slot.ballotOn(cfg) === ballot) this.#vote("old", ballot);
    });
  }

  #sayReady(ballot: ConfigurationBallot): void {
    const { lobby, id } = this.#office;
    const { number, cfg, networkId } = ballot.next;
    const signer = this.#rooms.keys.signerOf(number);
    if (signer === undefined) return;
    const terms = { cfg, seed: id };
    const word = { ...terms, signature: signer.sign(readyStatement(terms, networkId)) };
    ballot.admitReady(word);
    lobby.seeds.broadcast(READY.encode(word));
    this.#advance(ballot);
  }

  #vote(side: Side, ballot: ConfigurationBallot): void {
    const { lobby, id } = this.#office;
    const { chain, clock, keys } = this.#rooms;
    const { cfg, networkId, number } = ballot.next;
    const signer = keys.signerOf(side === "old" ? chain.number : number);
    if (signer === undefined) return;
    const vote = signConfigurationVote({ cfg, side, tick: clock.tick, seed: id }, networkId, signer);
    ballot.cast(vote);
    lobby.seeds.broadcast(CONFIG_VOTE.encode(vote));
    this.#advance(ballot);
  }

  #keep(certificate: JointCertificate): void {
    if (this.#isWriting) return;
    const { chain, log } = this.#rooms;
    this.#isWriting = true;
    log.keepCertificate(certificate, (error) => {
      this.#isWriting = false;
      if (error !== undefined) return this.#office.diskFailed(error);
      const answered = chain.extend(certificate, this.#office.lobby.local.verifier);
      if (answered !== "extended") return;
      this.emit("succeeded");
      this.#open();
    });
  }

  // ---- again and again -------------------------------------------------------------------------------------------

  #repeat(): void {
    this.pursue();
    this.#tell((frame) => this.#office.lobby.seeds.broadcast(frame));
  }

  /** Everything that this seed has to say about what is proposed. */
  #tell(send: (frame: Uint8Array) => void): void {
    for (const ballot of this.#slot.ballots) {
      const { ready, old, new: fresh } = ballot.wordsOf(this.#office.id);
      send(PROPOSE.encode({ proposal: ballot.proposal }));
      if (ready !== undefined) send(READY.encode(ready));
      for (const vote of [old, fresh]) if (vote !== undefined) send(CONFIG_VOTE.encode(vote));
    }
  }

  #takes({ id }: Connection): boolean {
    return this.#looks.take(id, this.#office.now());
  }
}

function answer(to: Connection, { terms }: Proposal, outcome: "taken" | "refused", detail: string): void {
  to.send(PROPOSE_ANSWER.encode({ number: terms.number, outcome, detail: detail.slice(0, 500) }));
}
