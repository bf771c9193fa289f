import type { PeerId } from "../packages/identity/src/index.ts";
import {
  type Channel,
  HELLO,
  HELLO_ACK,
  type Hello,
  type HelloAck,
  helloStatement,
  type Iam,
  iamStatement,
  parseAddress,
} from "../packages/wire/src/index.ts";
import { configuration, networkId, nonceOf, signers } from "./vectors-cast.ts";

const { anna, ben, seed1 } = signers;

/** One end of a handshake: what it says, and the frames in which it does. */
interface End {
  readonly hello: Hello;
  readonly ack: HelloAck;
  readonly helloFrame: Uint8Array;
  readonly ackFrame: Uint8Array;
  /** What the ACK signs. */
  readonly statement: Uint8Array;
  /** What the channel has proved to this end. */
  readonly channel: Channel;
}

const annaHello: Hello = {
  major: 1,
  minor: 0,
  networkId,
  id: anna.id,
  role: "peer",
  purpose: "member",
  session: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  nonce: nonceOf("dialler's nonce"),
  listen: parseAddress("192.0.2.7:7001"),
  replaces: false,
  credential: undefined,
  software: "vectors",
  reads: 2,
};
const benHello: Hello = {
  ...annaHello,
  id: ben.id,
  session: Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1),
  nonce: nonceOf("acceptor's nonce"),
  listen: parseAddress("[2001:db8::8]:7002"),
};
/** What TLS exports to both ends. */
const binding = nonceOf("what TLS exports");
const [annaFrame, benFrame] = [HELLO.encode(annaHello), HELLO.encode(benHello)];

/** anna, who dialled. */
export const dialled: End = end(annaHello, annaFrame, benFrame, ben.id, "2001:db8::8");
/** ben, who accepted. */
export const accepted: End = end(benHello, benFrame, annaFrame, anna.id, "192.0.2.7");
/** What anna would sign if she said the same over plain TCP. */
export const unbound: Uint8Array = Uint8Array.from(helloStatement(networkId, annaFrame, benFrame));

const nonce = nonceOf("nonce of WHO");
const seeds = configuration.seeds.map(({ id }) => id);
const statement = iamStatement(nonce, seeds);

/** A seed's answer to WHO. */
export const introduction: { readonly nonce: Uint8Array; readonly iam: Iam; readonly statement: Uint8Array } =
  {
    nonce,
    iam: { id: seed1.id, seeds, signature: seed1.sign(statement) },
    statement,
  };

function end(hello: Hello, own: Uint8Array, other: Uint8Array, id: PeerId, observed: string): End {
  const channel = { id, binding };
  const statement = helloStatement(networkId, own, other, channel);
  const signer = hello.id === anna.id ? anna : ben;
  const ack = { signature: signer.sign(statement), observed };
  return { hello, ack, helloFrame: own, ackFrame: HELLO_ACK.encode(ack), statement, channel };
}
