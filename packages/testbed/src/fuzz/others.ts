import {
  concatBytes,
  describeInvitation,
  fromHex,
  INVITATION_BYTES,
  invitationText,
  isPeerId,
  P2PError,
  parseInvitation,
  parsePeerId,
  readInvitation,
  sameBytes,
  toHex,
  u64Bytes,
} from "@p2p/identity";
import {
  type Address,
  isExemptFromPrefixRules,
  joinAddress,
  Malformed,
  machineOf,
  netgroup,
  pick,
  type Random,
  splitAddress,
  tryParseAddress,
} from "@p2p/wire";
import { FrameReader } from "@p2p/wire/tcp";
import * as fc from "fast-check";
import { scratched } from "./mutation.ts";
import { Fault, type Target } from "./target.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What is read besides frames: streams, what stands in registrations, what people type. */
export function otherTargets(): readonly Target[] {
  return [
    {
      name: "stream",
      samples: (seed, count) => fc.sample(streams, { seed, numRuns: count }),
      mutate: scrawled,
      read: readStream,
    },
    {
      name: "invitation",
      samples: (seed, count) => fc.sample(invitations, { seed, numRuns: count }),
      mutate: scrawled,
      read: readToken,
    },
    text("address", addresses(), readAddress),
    text("id", fc.stringMatching(/^[0-9a-f]{64}$/), readId),
    text("invitation-text", invitationTexts(), readInvitationText),
  ];
}

function scrawled(sample: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  return scratched(sample, pick(others, random) ?? sample, random);
}

function text(name: string, texts: fc.Arbitrary<string>, read: (text: string) => boolean): Target {
  return {
    name,
    samples: (seed, count) => fc.sample(texts, { seed, numRuns: count }).map((one) => encoder.encode(one)),
    mutate: scrawled,
    read: (input) => read(decoder.decode(input)),
  };
}

// ---- streams -------------------------------------------------------------------------------------------------

const FRAME_BYTES_MAX = 2000;

/** Where a stream comes in pieces stands before it: so many pieces, their lengths modulo what is left. */
const PIECES = 8;

/** {@link PIECES} bytes, and a stream of frames with their lengths before them. */
const streams = fc
  .tuple(
    fc.uint8Array({ minLength: PIECES, maxLength: PIECES }),
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 }),
  )
  .map(([cuts, frames]) => concatBytes([cuts, ...frames.flatMap((frame) => [prefixOf(frame), frame])]));

function prefixOf({ length }: Uint8Array): Uint8Array {
  return Uint8Array.of(length >> 24, length >> 16, length >> 8, length);
}

/** However it is cut into pieces, the same frames come out; never more than went in; after a bad length nothing. */
function readStream(input: Uint8Array): boolean {
  const stream = input.subarray(Math.min(PIECES, input.length));
  const whole = framesIn([stream]);
  const pieces = framesIn(cut(stream, input.subarray(0, PIECES)));
  if (whole.fault !== pieces.fault) throw new Fault(`whole ${whole.fault}, in pieces ${pieces.fault}`);
  if (whole.frames.length !== pieces.frames.length) throw new Fault("other frames in pieces than whole");
  for (const [index, frame] of whole.frames.entries())
    if (!sameBytes(frame, pieces.frames[index] as Uint8Array))
      throw new Fault("another frame in pieces than whole");
  const bytes = whole.frames.reduce((sum, { length }) => sum + 4 + length, 0);
  const rest = stream.length - bytes;
  const isMidFrame = whole.fault === undefined ? rest > 0 : true;
  if (rest < 0 || whole.isMidFrame !== isMidFrame) throw new Fault(`${rest} bytes are left over`);
  if (
    !sameBytes(
      concatBytes(whole.frames.flatMap((frame) => [prefixOf(frame), frame])),
      stream.subarray(0, bytes),
    )
  )
    throw new Fault("what comes out did not go in");
  return whole.frames.length > 0;
}

function cut(stream: Uint8Array, cuts: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let rest = stream;
  for (let index = 0; rest.length > 0; index++) {
    const length = index < cuts.length ? Math.min(rest.length, cuts[index] as number) : rest.length;
    pieces.push(rest.subarray(0, length));
    rest = rest.subarray(length);
  }
  return pieces;
}

function framesIn(pieces: readonly Uint8Array[]): {
  readonly frames: Uint8Array[];
  readonly fault: string | undefined;
  readonly isMidFrame: boolean;
} {
  const reader = new FrameReader(FRAME_BYTES_MAX);
  const frames: Uint8Array[] = [];
  for (const piece of pieces) {
    reader.push(piece);
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      if (frame instanceof Malformed) return { frames, fault: frame.detail, isMidFrame: reader.isMidFrame };
      if (frame.length === 0 || frame.length > FRAME_BYTES_MAX)
        throw new Fault(`a frame of ${frame.length} bytes`);
      frames.push(frame);
    }
  }
  return { frames, fault: undefined, isMidFrame: reader.isMidFrame };
}

// ---- invitations ---------------------------------------------------------------------------------------------

const invitations = fc
  .tuple(
    fc.uint8Array({ minLength: 96, maxLength: 96 }),
    fc.oneof(fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER), fc.maxSafeNat()),
    fc.uint8Array({ minLength: 64, maxLength: 64 }),
  )
  .map(([keys, until, signature]) => concatBytes([Uint8Array.of(1), keys, u64Bytes(until), signature]));

function readToken(token: Uint8Array): boolean {
  const value = readInvitation(token);
  if (value === undefined) return false;
  if (token.length !== INVITATION_BYTES) throw new Fault(`an invitation of ${token.length} bytes`);
  const said = describeInvitation(value, { verify: () => false });
  if (!said.includes(value.peer) || !said.includes("FALSE")) throw new Fault(`it is described as: ${said}`);
  if (!sameBytes(parseInvitation(invitationText(token)), token)) throw new Fault("its text is another one");
  return true;
}

function invitationTexts(): fc.Arbitrary<string> {
  return invitations.map((token) => ` ${invitationText(token)}\n`);
}

function readInvitationText(given: string): boolean {
  try {
    return readToken(parseInvitation(given));
  } catch (error) {
    if (error instanceof P2PError && error.code === "TOKEN_INVALID") return false;
    throw error;
  }
}

// ---- addresses and ids ---------------------------------------------------------------------------------------

function addresses(): fc.Arbitrary<string> {
  const host = fc.oneof(
    fc.ipV4(),
    fc.ipV4Extended(),
    fc.ipV6().map((one) => `[${one}]`),
    fc.domain(),
  );
  return fc.tuple(host, fc.integer({ min: 0, max: 65_535 })).map(([name, port]) => `${name}:${port}`);
}

/** The normal form is one, and a machine has one IPv4 address. */
function readAddress(given: string): boolean {
  const address = tryParseAddress(given);
  if (address === undefined) return false;
  if (tryParseAddress(address) !== address) throw new Fault(`${address} is not its own normal form`);
  const { host, port } = splitAddress(address);
  if (joinAddress(host, port) !== address) throw new Fault(`${address} does not consist of its parts`);
  checkQuad(host, address);
  if (netgroup(address, "all").includes("NaN") || machineOf(address).includes("NaN"))
    throw new Fault(`${address} is in ${netgroup(address, "all")}`);
  isExemptFromPrefixRules(address);
  return true;
}

function checkQuad(host: string, address: Address): void {
  const quad = host.split(".");
  if (quad.length !== 4 || quad.some((part) => !/^\d+$/.test(part))) return;
  if (quad.map(Number).join(".") !== host)
    throw new Fault(`${address} is another machine's address written differently`);
}

function readId(given: string): boolean {
  if (!isPeerId(given)) return false;
  const id = parsePeerId(given);
  if (id.length !== 64 || toHex(fromHex(id)) !== id) throw new Fault(`${given} is read as ${id}`);
  return true;
}
