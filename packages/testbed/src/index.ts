export { Books, type Removal } from "./books.ts";
export { FAULT_NAMES, FAULTS, type FaultName, type Strike } from "./fault.ts";
export { Network, type NetworkOptions, type Observer, type Pace } from "./network.ts";
export { drawPlan, type Plan, type Scope } from "./plan.ts";
export { type Figures, Trial, type TrialOptions, type Verdict } from "./trial.ts";
export type { Violation } from "./violation.ts";
