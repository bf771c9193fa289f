export type { ConformanceCase } from "./case.ts";
export { clockCases } from "./clock-cases.ts";
export { type DiskKit, diskCases } from "./disk-cases.ts";
export type { TransportHost, TransportKit } from "./scene.ts";
export { isApplicable, transportCases } from "./transport-cases.ts";
