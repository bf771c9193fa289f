export { SeedInvariants } from "./seed-invariants.ts";
