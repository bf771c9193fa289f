export { createNodeSigner, isNodeSigner, type NodeSigner } from "./crypto.ts";
export { createKeyFile, readKeyFile, readOrCreateKeyFile } from "./key-file.ts";
