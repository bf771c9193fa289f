/** A test by its file, from the root of this repository, and its name as it stands there. */
interface NamedTest {
  readonly file: string;
  readonly name: string;
}

/** What could break the protocol, by somebody who read it to that end; and what shows that it does not. */
export interface Threat {
  /** Number of a row; a word for those that only name a test. */
  readonly row: string;
  readonly about: string;
  /** Numbers of attacks. */
  readonly attacks: readonly number[];
  readonly tests: readonly NamedTest[];
}

const SEED = "packages/seed/test";
const SIM = "packages/sim/test";
const TESTBED = "packages/testbed/test";
const NETWORK = "examples/network/test";

function tests(file: string, ...names: readonly string[]): readonly NamedTest[] {
  return names.map((name) => ({ file: `${file}.test.ts`, name }));
}

/** A hostile reading of the protocol, row by row, and the tests that it asked for. */
export const THREATS: readonly Threat[] = [
  {
    row: "1",
    about: "half-open links take all places of a member or a seed, so that every probe is reset",
    attacks: [33],
    tests: [
      ...tests(`${TESTBED}/attack-floods`, "do not keep %s from being probed, linked, and heard"),
      ...tests(`${SIM}/lobby`, "keeps places for favoured hosts, which strangers cannot crowd out"),
      ...tests("packages/wire/test/tls", "cannot keep a node out that is quick"),
      ...tests(
        `${NETWORK}/attacks`,
        "half-open connections, lengths without end, letters one by one and a claim to be a hub keep nobody out",
      ),
    ],
  },
  {
    row: "2",
    about: "a seed keeps an honest vote of a hiccup, and adds its own later",
    attacks: [12, 13, 19],
    tests: tests(
      `${SEED}/bump`,
      "votes of a hiccup that it kept do not remove who lives",
      "it makes nobody take more new incarnations than one in ten minutes",
      "the word of fewer than q − f is good once in ten minutes; of q − f, always",
    ),
  },
  {
    row: "3",
    about: "nobody says who the seeds are; config files differ",
    attacks: [],
    tests: [
      ...tests(`${NETWORK}/by-hand`, "who remembers a seed does not take another key for it"),
      ...tests(`${NETWORK}/bad-input`, "a far seed without its id"),
      ...tests(`${SEED}/client`, "is told when the seeds are of another network"),
      ...tests("packages/consensus/test/certificate", "a vote of another configuration"),
    ],
  },
  {
    row: "4",
    about: "proofs of life are replayed for a dead peer, or kept from a live one",
    attacks: [],
    tests: [
      ...tests(`${TESTBED}/attack-membership`, "is not kept by proofs of life that it gave while it lived"),
      ...tests("packages/consensus/test/proof-of-life", "answers the nonces in its list and no others"),
      ...tests(
        "packages/liveness/test/strangers",
        "with the accuser's nonce clears, over any path, brought by anybody",
      ),
    ],
  },
  {
    row: "5",
    about: "the seeds' uplink is cut; they are with the smaller part; a seed stands still",
    attacks: [],
    tests: tests(
      `${SEED}/sight`,
      "for two minutes, with 50 members: nobody is removed (world %i)",
      "a split in which the seeds see 30 %: nobody is removed",
      "for %i ms in the middle of a case, with all the others: nobody is removed",
    ),
  },
  {
    row: "6",
    about: "no quorum for a weekend; wall clocks jump by a day",
    attacks: [],
    tests: [
      ...tests(
        `${SEED}/quorum-time`,
        "loses nobody: leases did not run",
        "that jump by a day and back change nothing, restarts included",
      ),
      ...tests(
        "packages/consensus/test/ledger",
        "and its rank never falls",
        "every certificate is forgotten after two leases, and not taken in again",
      ),
    ],
  },
  {
    row: "7",
    about: "the seeds' clocks are far apart; a seed is without time",
    attacks: [18],
    tests: tests(
      `${SEED}/quorum-time`,
      "of seeds that are %s apart change nothing: additions, removals and leaves go on",
      "casts no vote for a death, and does again once it has",
    ),
  },
  {
    row: "8",
    about: "admission refuses who refutes a death, because its prefix is full or its token is spent",
    attacks: [21],
    tests: tests(
      `${SEED}/admission`,
      "renew, restart and come back though their prefix is full",
      "needs no place, and stays in when the invitation has expired",
    ),
  },
  {
    row: "9",
    about: "who starts again is refused for a moment, and taken for dead",
    attacks: [],
    tests: [
      ...tests(
        `${SEED}/case`,
        "refused five times: looks at 0, 2, 4, 6, 8 s, witnesses after the first, a vote after the last",
      ),
      ...tests(`${SEED}/removal`, "a peer that restarts within five seconds is not removed"),
      ...tests(`${TESTBED}/back-soon`, "and is, after %i ms, is not removed, accused or looked for"),
    ],
  },
  {
    row: "10",
    about: "prefix rules where all share one: a LAN, a cloud, a NAT",
    attacks: [40],
    tests: [
      ...tests(`${SEED}/admission`, "of one private network are as many as come"),
      ...tests("packages/overlay/test/attachment", "is relaxed by just as much as lets somebody in"),
    ],
  },
  {
    row: "11",
    about: "a victim that answers seeds and not its neighbours has the honest ones silenced",
    attacks: [],
    tests: tests(
      `${SEED}/strikes`,
      "a peer that answers seeds and not its neighbours mutes none of them: it turns grey, and stays",
      "accusations of many at once strike nobody",
    ),
  },
  {
    row: "12",
    about: "seeds as port scanners and reflectors, by their dial-backs",
    attacks: [20],
    tests: tests(
      `${SEED}/admission-dials`,
      "%s is not dialled for who comes from elsewhere, and gets no vote (theory F, row 20)",
      "of a neighbour on the same machine is dialled a few times by each seed, whoever many keys ask, and answers tell nothing of it but that",
    ),
  },
  {
    row: "13",
    about: "one seed sends witnesses and others' probes at somebody",
    attacks: [39],
    tests: [
      ...tests(
        `${SEED}/budgets`,
        "another seed's evidence without a majority opens ten cases at once, and no more in that minute",
        "whom only witnesses reach is looked for ever more rarely, until a seed reaches it",
      ),
      ...tests(`${SEED}/rogue`, "suspects everybody, all the time: cases stay few"),
      ...tests(
        "packages/liveness/test/strangers",
        "looks at most 60 times at once for one asker, 60 times a minute",
      ),
    ],
  },
  {
    row: "14",
    about: "two certificates of one rank",
    attacks: [9, 10],
    tests: tests(
      "packages/consensus/test/certificate",
      "of one rank the smaller digest beats, and the two are evidence",
    ),
  },
  {
    row: "15",
    about: "one key in two processes",
    attacks: [],
    tests: [
      ...tests(`${SEED}/client-seeds`, "two processes of one key that start together: not both stay"),
      ...tests(`${SEED}/client-membership`, "takes its time when it happens again and again"),
      ...tests(
        `${TESTBED}/attack-crowding`,
        "a member that takes a new life each second is certified twelve times a minute at most",
      ),
    ],
  },
  {
    row: "16",
    about: "floods of certificates and of tombstones",
    attacks: [21, 22],
    tests: [
      ...tests(
        `${SEED}/budgets`,
        "512 at once for a peer, then a hundred a second",
        "for seeds apart from that: a list of 10 000 members is taken in at once",
      ),
      ...tests(
        "packages/consensus/test/ledger",
        "beyond membersMax a newcomer is answered full, and every other news is taken",
        "beyond tombstonesMax the peer removed first is forgotten, hash included",
      ),
    ],
  },
  {
    row: "17",
    about: "batches that overlap, and forks of one sequence",
    attacks: [29, 30],
    tests: [
      ...tests("packages/gossip/test/forgery", "by batches that overlap is shown as well"),
      ...tests(
        "packages/gossip/test/membership",
        "a former member whose run was heard is heard for ten more minutes; one that was not, never",
      ),
      ...tests(
        `${TESTBED}/attack-gossip`,
        "numbers out of order, doubled, forked and at the end of what numbers can be, shut nobody else up",
      ),
    ],
  },
  {
    row: "18",
    about: "signatures that are none, by the thousand",
    attacks: [1, 28],
    tests: [
      ...tests("packages/gossip/test/forgery", "cuts the link at once and bars its bringer for ten minutes"),
      ...tests(
        `${SEED}/budgets`,
        "a member that floods a seed with forged certificates has one of them checked, and is barred",
      ),
      ...tests(`${TESTBED}/attack-findings`, "has a seed check few of the signatures that it forges"),
    ],
  },
  {
    row: "19",
    about: "a seed's disk is lost, or an old copy of itself",
    attacks: [11, 36],
    tests: [
      ...tests(`${TESTBED}/scenarios-seeds`, "is %s is told so by the others, and votes no more"),
      ...tests(`${TESTBED}/seed-change`, "replaces a dead one, with losses, while peers join, leave and die"),
    ],
  },
  {
    row: "20",
    about:
      "what is not promised: an undead member until its lease ends; seeds that see nobody for long; few members",
    attacks: [38],
    tests: tests(
      `${SEED}/sight`,
      "for longer than an hour: then nobody tells them from the dead",
      "or all, of %i: removed after ten minutes",
    ),
  },
  {
    row: "a seed stopped in mid-case",
    about: "for 20 and 30 s",
    attacks: [],
    tests: tests(
      `${SEED}/sight`,
      "for %i ms in the middle of a case, with all the others: nobody is removed",
    ),
  },
  {
    row: "a quorum down for 36 h",
    about: "leases stand still",
    attacks: [],
    tests: tests(`${SEED}/quorum-time`, "loses nobody: leases did not run"),
  },
  {
    row: "seeds 90 s apart",
    about: "additions, removals and leaves go on",
    attacks: [],
    tests: tests(
      `${SEED}/quorum-time`,
      "of seeds that are %s apart change nothing: additions, removals and leaves go on",
    ),
  },
  {
    row: "quota full during a bump",
    about: "who takes a new life keeps its place",
    attacks: [21],
    tests: tests(`${SEED}/admission`, "renew, restart and come back though their prefix is full"),
  },
  {
    row: "50 peers in one /24",
    about: "some die, and the others stay together",
    attacks: [40],
    tests: [],
  },
  {
    row: "REG to 127.0.0.1:22",
    about: "nobody is dialled there",
    attacks: [20],
    tests: tests(
      `${SEED}/admission-dials`,
      "%s is not dialled for who comes from elsewhere, and gets no vote (theory F, row 20)",
    ),
  },
  {
    row: "restarts of 1, 3, 5, 8 s",
    about: "removed only after 8 s, and back at once",
    attacks: [],
    tests: tests(
      `${SEED}/removal`,
      "a peer that restarts within five seconds is not removed",
      "a killed peer (closed port) is removed 8 to 10 s after its case was opened",
      "a removed peer comes back with a higher incarnation, at once",
    ),
  },
  {
    row: "on and off, and strikes",
    about: "who is away for a moment, again and again",
    attacks: [],
    tests: tests(
      `${SEED}/strikes`,
      "%i that are on and off mute %i of the honest who say so, until a third one does",
    ),
  },
  {
    row: "two processes, one key",
    about: "one of them stops",
    attacks: [],
    tests: [
      ...tests(`${SEED}/client-seeds`, "two processes of one key that start together: not both stay"),
      ...tests(
        `${NETWORK}/crashes`,
        "a second process in the same directory does not start; of two with a copied key one ends",
      ),
    ],
  },
  {
    row: "disk rollback",
    about: "of a seed",
    attacks: [],
    tests: tests(`${TESTBED}/scenarios-seeds`, "is %s is told so by the others, and votes no more"),
  },
  {
    row: "seeds restarted one after the other",
    about: "as in an upgrade",
    attacks: [],
    tests: tests(`${NETWORK}/crashes`, "all peers, and then all seeds, may be restarted one after the other"),
  },
  {
    row: "sliding batches",
    about: "each begins inside the one before",
    attacks: [],
    tests: tests("packages/gossip/test/forgery", "by batches that overlap is shown as well"),
  },
  {
    row: "N = 1, 2, 3, all but one dead",
    about: "the dead are removed, the living stays",
    attacks: [],
    tests: tests(
      `${SEED}/sight`,
      "of %i: removed at the usual pace",
      "or all, of %i: removed after ten minutes",
    ),
  },
];
