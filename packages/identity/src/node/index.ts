export { readOrCreateKeyFile } from "./key-file.ts";
