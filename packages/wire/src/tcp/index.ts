export { TcpTransport } from "./transport.ts";
