import { dirname, join } from "node:path";
import type { Operators } from "@p2p/identity";
import { P2PError } from "@p2p/identity";
import { type NodeSigner, readKeyFile } from "@p2p/identity/node";
import type { Config } from "../config-file.ts";
import { type Given, textOf } from "../options.ts";
import { callersPath } from "../program.ts";

/** Where an operator's key is looked for. */
export const OPERATOR_OPTION = {
  operator: { value: "FILE", help: "the operator's key (default operator.key beside the config file)" },
};

/**
 * The operator's key that the caller means.
 * @throws P2PError `CONFIG_INVALID` when it is no operator's of this network, `KEY_FILE_MISSING`, `KEY_FILE_INVALID`,
 *   `KEY_FILE_OPEN`.
 */
export function readOperatorKey(given: Given, { file: config }: Config, operators: Operators): NodeSigner {
  const file = operatorFile(given, config);
  const signer = readKeyFile(file);
  if (operators.keys.includes(signer.id)) return signer;
  throw new P2PError(
    "CONFIG_INVALID",
    `the key in ${file} is ${signer.id}, and no operator's of ${config}; give an operator's with --operator`,
  );
}

function operatorFile(given: Given, config: string): string {
  const file = textOf(given, "operator");
  return file === undefined ? join(dirname(config), "operator.key") : callersPath(file);
}
