import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { P2PError } from "../errors.ts";
import { fromHex, toHex } from "../hex.ts";
import { PRIVATE_KEY_BYTES } from "../signer.ts";
import { createNodeSigner, type NodeSigner } from "./crypto.ts";

const KEY_LINE = /^[0-9a-f]{64}\n?$/;

/**
 * The signer whose private key lies in the file at `path`: 64 hexadecimal digits, mode 0600. A missing file is made,
 * with a fresh key, and so is its directory (mode 0700).
 * @throws P2PError `KEY_FILE_OPEN` when others may read or write the file; `KEY_FILE_INVALID` when it does not hold
 *   a key; `DISK_FAILED` when it can be neither read nor made.
 */
export function readOrCreateKeyFile(path: string): NodeSigner {
  const key = readKey(path) ?? createKey(path);
  return createNodeSigner(key);
}

/**
 * The signer whose private key lies in the file at `path`, which has to be there: for keys that nobody would want made
 * anew by a slip, as an operator's.
 * @throws P2PError `KEY_FILE_MISSING` when there is none, and as {@link readOrCreateKeyFile}.
 */
export function readKeyFile(path: string): NodeSigner {
  const key = readKey(path);
  if (key === undefined)
    throw new P2PError(
      "KEY_FILE_MISSING",
      `there is no key file ${path}; give the path of one that there is`,
    );
  return createNodeSigner(key);
}

/**
 * Makes a file with a fresh key, as {@link readOrCreateKeyFile} does, where there is none.
 * @throws P2PError `KEY_FILE_EXISTS` where there is a file: no key is ever overwritten; `DISK_FAILED` when it cannot be made.
 */
export function createKeyFile(path: string): NodeSigner {
  return createNodeSigner(createKey(path));
}

function readKey(path: string): Uint8Array | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new P2PError("DISK_FAILED", `cannot read the key file ${path}: ${(error as Error).message}`, error);
  }
  try {
    // Windows has no such modes: everything reads as 0666 there.
    const open = fstatSync(descriptor).mode & 0o077;
    if (open !== 0 && process.platform !== "win32") {
      throw new P2PError("KEY_FILE_OPEN", `others may read the key file ${path}; run: chmod 600 ${path}`);
    }
    const text = readFileSync(descriptor, "latin1");
    if (!KEY_LINE.test(text)) {
      throw new P2PError(
        "KEY_FILE_INVALID",
        `the key file ${path} does not hold 64 hexadecimal digits; restore it, or delete it to become a new node`,
      );
    }
    return fromHex(text.trim());
  } finally {
    closeSync(descriptor);
  }
}

function createKey(path: string): Uint8Array {
  const key = randomBytes(PRIVATE_KEY_BYTES);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const descriptor = openSync(path, "wx", 0o600);
    try {
      chmodSync(path, 0o600); // the umask may have taken away even the owner's bits
      writeSync(descriptor, `${toHex(key)}\n`);
      fsyncSync(descriptor);
    } catch (error) {
      rmSync(path, { force: true }); // half a key would stand in the way of the next start
      throw error;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST")
      throw new P2PError("KEY_FILE_EXISTS", `there is a key file ${path} already; give another place`, error);
    throw new P2PError(
      "DISK_FAILED",
      `cannot write the key file ${path}: ${(error as Error).message}`,
      error,
    );
  }
  return key;
}
