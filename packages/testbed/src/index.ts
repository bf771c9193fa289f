export { Books, type Removal } from "./books.ts";
export { Network, type NetworkOptions, type Observer, type Pace } from "./network.ts";
