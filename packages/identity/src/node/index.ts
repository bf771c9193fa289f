export { createNodeSigner, isNodeSigner, type NodeSigner } from "./crypto.ts";
export { readOrCreateKeyFile } from "./key-file.ts";
