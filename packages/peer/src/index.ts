export { Peer, type PeerOptions } from "./peer.ts";
export { ASSIGNMENT, LAN, type Profile } from "./profile.ts";
