export { Peer, type PeerOptions, type StopOptions } from "./peer.ts";
export { ASSIGNMENT, LAN, type Profile } from "./profile.ts";
