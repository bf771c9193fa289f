import type { ConformanceCase } from "./case.ts";
import { closeCases } from "./close-cases.ts";
import { dialCases } from "./dial-cases.ts";
import { frameCases } from "./frame-cases.ts";
import { listenCases } from "./listen-cases.ts";
import { pressureCases } from "./pressure-cases.ts";
import type { TransportKit } from "./scene.ts";

/**
 * The contract of a {@link Transport}, as stories between two and more of them. A transport is one when every case
 * ends without a failure; those that need what the kit's network cannot do are left out.
 */
export const transportCases: readonly ConformanceCase<TransportKit>[] = [
  ...listenCases,
  ...dialCases,
  ...frameCases,
  ...pressureCases,
  ...closeCases,
];

/** Whether `kit` can show what the case is about. */
export function isApplicable({ needs }: ConformanceCase<TransportKit>, kit: TransportKit): boolean {
  if (needs === "backpressure") return kit.capabilities.backpressure;
  if (needs === "unreachable") return kit.unreachableAddress !== undefined;
  return true;
}
