import { Configuration } from "@p2p/consensus";
import {
  createSigner,
  fromHex,
  invitationText,
  networkIdOf,
  type PeerId,
  signInvitation,
} from "@p2p/identity";
import { parseAddress } from "@p2p/wire";
import { describe, expect, onTestFinished, test } from "vitest";
import { readAdmission, readToken, workBitsOf } from "../src/admission.ts";
import { freePorts, Place } from "./program.ts";

const operator = createSigner(fromHex("01".repeat(32)));
const anna = createSigner(fromHex("02".repeat(32)));
const bert = createSigner(fromHex("03".repeat(32)));
const networkId = networkIdOf({ name: "p2p", seeds: [], faulty: 0 });
const NOBODY = { operators: undefined };

describe("whom a seed lets in", () => {
  test("by default those who have room, without work", () => {
    expect(readAdmission({}, NOBODY)).toEqual({
      quota: { narrow: 4, site: 16, wide: 64, broad: 256 },
      prefixRules: "public",
      anyAddress: false,
      workBits: 0,
      inviters: [],
      allow: [],
      vouchedOnly: false,
    });
  });

  test("is said by options, and operators invite anyway", () => {
    const place = new Place();
    onTestFinished(() => place.close());
    const allow = place.write("allowed.txt", `# the office\n${bert.id.toUpperCase()} # bert\n\n`);
    const given = {
      quota: "8",
      inviters: `${anna.id}, ${bert.id}`,
      allow,
      "invite-only": true,
      hashcash: "12",
      "newcomers-an-hour": "5",
      "quota-everywhere": true,
    };
    const operators = { needed: 1, keys: [operator.id] };
    expect(readAdmission(given, { operators })).toMatchObject({
      quota: { narrow: 8, site: 32, wide: 128, broad: 512 },
      prefixRules: "all",
      inviters: [operator.id, anna.id, bert.id],
      allow: [bert.id],
      vouchedOnly: true,
      workBits: 12,
      newcomersAnHour: 5,
    });
    expect(readAdmission({ quota: "off" }, NOBODY).quota).toBe(false);
  });

  test.each([
    [{ quota: "0" }, /^--quota is a whole number from 1 to 10000, not "0"$/],
    [{ hashcash: "31" }, /^--hashcash is a whole number from 0 to 30, not "31"$/],
    [
      { "quota-everywhere": true, quota: "off" },
      /^--quota-everywhere says where the quota is for, and --quota off/,
    ],
    [{ "newcomers-an-hour": "many" }, /^--newcomers-an-hour is a whole number from 1 to 100000, not "many"$/],
    [
      { inviters: anna.id.slice(1) },
      /^--inviters are ids of 64 hexadecimal digits, with commas between them, not "/,
    ],
    [{ "invite-only": true }, /^--invite-only lets in nobody: name who may invite/],
    [{ allow: "/nowhere/allowed.txt" }, /^--allow: cannot read \/nowhere\/allowed.txt: ENOENT/],
  ])("%j: says what is wrong in one sentence", (given, sentence) => {
    expect(() => readAdmission(given, NOBODY)).toThrow(sentence);
  });

  test("a line of the list that is no id is named", () => {
    const place = new Place();
    onTestFinished(() => place.close());
    const allow = place.write("allowed.txt", `${anna.id}\nbert\n`);
    expect(() => readAdmission({ allow }, NOBODY)).toThrow(
      /allowed\.txt:2: "bert" is no id of 64 hexadecimal digits$/,
    );
  });
});

describe("what a peer shows", () => {
  const elsewhere = networkIdOf({ name: "elsewhere", seeds: [], faulty: 0 });
  const good = signInvitation({ peer: anna.id }, networkId, operator);
  const text = invitationText(good);

  test("is a line, or a file with it; or nothing", () => {
    const place = new Place();
    onTestFinished(() => place.close());
    const file = place.write("invitation.txt", `${text}\n`);
    for (const invitation of [text, ` ${text.toUpperCase()} `, file])
      expect(readToken({ invitation }, anna.id, networkId)).toEqual(good);
    expect(readToken({}, anna.id, networkId)).toBeUndefined();
    expect(workBitsOf({ hashcash: "20" })).toBe(20);
  });

  test.each<[string, string, RegExp]>([
    [
      "cut short",
      text.slice(2),
      /^not an invitation: it has 338 hexadecimal digits, and this one 336; copy all/,
    ],
    [
      "of another version",
      `09${text.slice(2)}`,
      /^not an invitation: it is of another version, or damaged; copy all/,
    ],
    [
      "damaged",
      `${text.slice(0, -1)}${text.endsWith("0") ? "1" : "0"}`,
      /^the invitation is damaged: its signature is false; copy all/,
    ],
    [
      "for another peer",
      invitationText(signInvitation({ peer: bert.id }, networkId, operator)),
      /^the invitation is for the peer .*, not for .*; ask the operator/,
    ],
    [
      "for another network",
      invitationText(signInvitation({ peer: anna.id }, elsewhere, operator)),
      /^the invitation is for another network \(.*\) than this one \(.*\); ask/,
    ],
    [
      "a file that is not there",
      "/nowhere/invitation.txt",
      /^--invitation: cannot read \/nowhere\/invitation.txt: ENOENT/,
    ],
  ])("%s: says so in one sentence, before anybody is asked", (_, invitation, sentence) => {
    expect(() => readToken({ invitation }, anna.id, networkId)).toThrow(sentence);
  });
});

test("processes: who is invited gets in, everybody else is told why", async () => {
  const place = new Place();
  onTestFinished(() => place.close());
  const port = await freePorts(3);
  const at = (index: number): string[] => ["--listen", `127.0.0.1:${port + index}`];
  place.write("config.txt", `127.0.0.1:${port}\noperators = ${operator.id}\n`);
  const lines = [place.run("seed", ...at(0), "--print-id"), place.run("peer", ...at(1), "--print-id")];
  const [line = "", guestId = ""] = await Promise.all(lines.map((one) => one.printed(/[0-9a-f]{64}$/)));
  await Promise.all(lines.map((one) => one.ended));
  place.write("config.txt", `${line}\noperators = ${operator.id}\n`);
  const seeds = [{ address: parseAddress(`127.0.0.1:${port}`), id: line.slice(-64) as PeerId }];
  const network = new Configuration({ seeds, operators: { needed: 1, keys: [operator.id] } }).networkId;
  const invitation = invitationText(signInvitation({ peer: guestId as PeerId }, network, operator));

  const seed = place.run("seed", ...at(0), "--invite-only", "--profile", "lan");
  const guest = place.run("peer", ...at(1), "--profile", "lan", "--invitation", invitation);
  const stranger = place.run("peer", ...at(2), "--profile", "lan");
  await guest.printed(/^Registered; 0 other members$/);
  const said = "only invited peers are let in; ask the operator of the seeds to invite the key [0-9a-f]{64}";
  await stranger.printed(new RegExp(`^Refused by 127\\.0\\.0\\.1:${port}: ${said} \\(uninvited\\)$`));
  expect(await stranger.ended).toBe(1);
  expect(stranger.stderr).toEqual([expect.stringMatching(new RegExp(said))]);
  await seed.printed(/^Refused 127\.0\.0\.1:\d+: only invited peers are let in/);
});
