export type { SocketLimits } from "../socket/limits.ts";
export { TcpTransport } from "./transport.ts";
