import { verifier } from "@p2p/identity";
import { type Address, askWho, systemClock, systemRandom, type Transport } from "@p2p/wire";
import type { Print } from "./transcript.ts";

const SAY_EVERY_MS = 10_000;
/** Who starts together is not missing yet. */
const FIRST_MS = 3000;

/**
 * Says which seeds are missing, again and again, until it is ended.
 * @param find answers with those that are missing now.
 * @returns ends it; true if anything was said.
 */
export function sayMissingSeeds(
  find: () => readonly Address[] | Promise<readonly Address[]>,
  print: Print,
): () => boolean {
  let isOver = false;
  let hasSpoken = false;
  const look = async (): Promise<void> => {
    const missing = await find();
    if (isOver) return;
    if (missing.length > 0) print(missingText(missing));
    hasSpoken ||= missing.length > 0;
    timer = setTimeout(() => void look(), SAY_EVERY_MS);
  };
  let timer = setTimeout(() => void look(), FIRST_MS);
  return () => {
    isOver = true;
    clearTimeout(timer);
    return hasSpoken;
  };
}

/** One line about seeds that do not answer. */
export function missingText(missing: readonly Address[]): string {
  return `Waiting for seeds: no answer from ${missing.join(", ")}`;
}

/** Those of `addresses` where nobody says who he is. Prints why, where somebody is there. Closes `transport`. */
export async function findSilent(
  addresses: readonly Address[],
  transport: Transport,
  print: Print,
): Promise<readonly Address[]> {
  const ports = { transport, verifier, clock: systemClock, random: systemRandom };
  const answers = await Promise.all(
    addresses.map(
      (address) =>
        new Promise<boolean>((done) => {
          askWho(ports, address, (answer) => {
            if (!("id" in answer) && answer.kind === "mistaken")
              print(`WARNING: the seed at ${address} is not who it should be: ${answer.detail}`);
            done("id" in answer);
          });
        }),
    ),
  );
  transport.close();
  return addresses.filter((_, index) => answers[index] !== true);
}
