import {
  certificate,
  decodeCertificate,
  encodeCertificate,
  jointCertificate,
  proposal,
} from "@p2p/consensus";
import { Malformed } from "@p2p/wire";
import { fileTargets } from "./files.ts";
import { checkCanonical, FRAME_TYPES, frameTarget, structureTarget } from "./frames.ts";
import { type Layout, layoutsIn } from "./layout.ts";
import { otherTargets } from "./others.ts";
import type { Structures } from "./shape.ts";
import type { Target } from "./target.ts";

/**
 * Everything that reads bytes of others. A frame that PROTOCOL.md describes is here by itself.
 * @param protocol the text of PROTOCOL.md.
 * @throws Error about a kind of frame that it does not describe.
 */
export function targetsOf(protocol: string): readonly Target[] {
  const layouts = layoutsIn(protocol, "layouts");
  const structures = new Map(layouts.map((layout) => [layout.name, layout]));
  const byKind = new Map(layouts.map((layout) => [layout.kind, layout]));
  const frames = [...FRAME_TYPES.values()]
    .toSorted((a, b) => a.kind - b.kind)
    .map((type) => {
      const layout = byKind.get(type.kind);
      if (layout === undefined) throw new Error(`PROTOCOL.md has no layout of ${type.name}`);
      return frameTarget(type, layout, structures);
    });
  return [...frames, ...inside(structures), ...fileTargets(structures), ...otherTargets()];
}

/** What stands in files and in other frames by itself. */
function inside(structures: Structures): readonly Target[] {
  const of = (name: string): Layout => structures.get(name) as Layout;
  return [
    structureTarget("proposal", proposal, of("proposal"), structures),
    structureTarget("joint-certificate", jointCertificate, of("jointCertificate"), structures),
    { ...structureTarget("certificate", certificate, of("certificate"), structures), read: readCertificate },
  ];
}

/** By its own functions, which have a limit of their own. */
function readCertificate(bytes: Uint8Array): boolean {
  const value = decodeCertificate(bytes);
  if (value instanceof Malformed) return false;
  checkCanonical(bytes, () => encodeCertificate(value), decodeCertificate, encodeCertificate);
  return true;
}
