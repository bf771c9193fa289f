export type { TlsLimits } from "./limits.ts";
export { type TlsOptions, TlsTransport } from "./transport.ts";
