/**
 * Every kind of frame, by its first byte. One table, so that no two packages take the same number; layouts stand
 * beside the code that speaks them and in PROTOCOL.md. 0xc0–0xff are free for applications; everything else that is
 * not here is reserved. A kind that a node does not know is ignored.
 */
export const Kind = {
  hello: 0x01,
  helloAck: 0x02,
  refused: 0x03,
  goodbye: 0x04,
  who: 0x05,
  iam: 0x06,

  probe: 0x10,
  alive: 0x11,
  witness: 0x12,
  testimony: 0x13,
  accuse: 0x14,
  ping: 0x18,
  pong: 0x19,

  batch: 0x20,
  digest: 0x21,
  digestAnswer: 0x22,
  want: 0x23,
  repair: 0x24,

  degreeAsk: 0x30,
  degree: 0x31,
  edgeOffer: 0x32,
  edgeSigned: 0x33,
  edgeEnd: 0x34,

  register: 0x40,
  registerAnswer: 0x41,
  certificates: 0x42,
  certificateAsk: 0x43,
  listAsk: 0x44,
  list: 0x45,
  poll: 0x46,
  status: 0x47,
  edge: 0x48,
  report: 0x49,
  electorateAsk: 0x4a,
  electorate: 0x4b,
  leave: 0x4c,
  leaveReceipt: 0x4d,
  overlayHint: 0x4e,
  backSoon: 0x4f,
  tick: 0x50,
  bump: 0x51,

  vote: 0x60,
  relay: 0x61,
  evidence: 0x62,
  sync: 0x63,
  syncDelta: 0x64,
  tickVote: 0x65,
  doubleVote: 0x66,
} as const;
