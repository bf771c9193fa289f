export { ARCHIVE_FILE, readCertificates } from "../archive.ts";
export { readVotes, VOTE_LOG_FILE } from "../vote-log.ts";
export { SeedInvariants } from "./seed-invariants.ts";
