export { FrameReader } from "../socket/frame-reader.ts";
export type { SocketLimits } from "../socket/limits.ts";
export { TcpTransport } from "./transport.ts";
