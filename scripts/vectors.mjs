/**
 * Writes PROTOCOL.vectors.json anew, from the code as it is:
 *
 *     node scripts/vectors.mjs
 *
 * Vectors that change mean that nodes of different versions will not understand each other.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundle } from "./run.mjs";

const [program = ""] = await bundle([fileURLToPath(new URL("../test/vectors.ts", import.meta.url))]);
const { vectorsText } = await import(pathToFileURL(program).href);
writeFileSync(new URL("../PROTOCOL.vectors.json", import.meta.url), vectorsText());
