import { dirname, join } from "node:path";
import { type Operators, P2PError } from "@p2p/identity";
import { type NodeSigner, readKeyFile } from "@p2p/identity/node";
import type { Config } from "../config-file.ts";
import { type Given, textOf } from "../options.ts";
import { callersPath, UsageError } from "../program.ts";

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
  const signer = readKey(file, given);
  if (operators.keys.includes(signer.id)) return signer;
  throw new P2PError(
    "CONFIG_INVALID",
    `the key in ${file} is ${signer.id}, and no operator's of ${config}; give an operator's with --operator`,
  );
}

/**
 * The key to sign an invitation with: that of `--inviter`, whom the seeds know by their own options, or else an operator's.
 * @throws P2PError as {@link readOperatorKey}, and `CONFIG_INVALID` when the network has no operators.
 */
export function readInviterKey(given: Given, config: Config, operators: Operators | undefined): NodeSigner {
  const file = textOf(given, "inviter");
  if (file !== undefined && textOf(given, "operator") !== undefined)
    throw new UsageError("--operator and --inviter both say who signs; leave one of them out");
  if (file !== undefined) return readKeyFile(callersPath(file));
  if (operators !== undefined) return readOperatorKey(given, config, operators);
  throw new P2PError(
    "CONFIG_INVALID",
    `${config.file} names no operators; give the key of somebody whose id the seeds have in --inviters, with --inviter`,
  );
}

function readKey(file: string, given: Given): NodeSigner {
  try {
    return readKeyFile(file);
  } catch (error) {
    const isMissing = error instanceof P2PError && error.code === "KEY_FILE_MISSING";
    if (!isMissing || textOf(given, "operator") !== undefined) throw error;
    throw new P2PError(
      "KEY_FILE_MISSING",
      `there is no key file ${file}; give an operator's with --operator`,
      error,
    );
  }
}

function operatorFile(given: Given, config: string): string {
  const file = textOf(given, "operator");
  return file === undefined ? join(dirname(config), "operator.key") : callersPath(file);
}
