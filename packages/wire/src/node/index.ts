export { NodeDisk } from "./disk.ts";
