export type { DiskPace } from "./disk.ts";
export { HostFailure } from "./failure.ts";
export type { Losses } from "./faults.ts";
export { Host, type HostOptions, type NoPromise, type Program, type Stoppable } from "./host.ts";
export type { DiskOperation, Platter } from "./platter.ts";
export { SeededRandom, type Span } from "./seeded-random.ts";
export { TripWireError, withTripWire } from "./trip-wire.ts";
export type { Weather } from "./weather.ts";
export { type Alternation, World, type WorldOptions } from "./world.ts";
