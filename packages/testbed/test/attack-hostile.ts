export { Hostile } from "../src/hostile/hostile.ts";
export * from "../src/hostile/inside.ts";
export * from "../src/hostile/liar.ts";
