import type { PeerId } from "@p2p/identity";
import type { PrefixRules } from "@p2p/wire";
import type { Admission } from "./admission.ts";
import type { PaceLimits } from "./dial-pace.ts";
import type { PrefixLimits } from "./prefixes.ts";

/** Whom a seed votes for. All of it is for this seed to say; a newcomer needs a quorum of seeds. PROTOCOL.md §8.6. */
export interface AdmissionOptions {
  /** Places for members in a prefix of addresses. Default: `PREFIX_LIMITS`; false: as many as come. */
  readonly quota?: Partial<PrefixLimits> | false | undefined;
  /** How often one place is dialled back for strangers. Default: `PACE_LIMITS`. */
  readonly pace?: Partial<PaceLimits> | undefined;
  /** Which addresses quota, pace and the limit of registrations of one machine are for. Default `public`: all but loopback, private, link-local and CGNAT. */
  readonly prefixRules?: PrefixRules | undefined;
  /** Keys that may invite. Who is invited needs no place in the quota and no work, and may name any address. Default: none. */
  readonly inviters?: Iterable<PeerId> | undefined;
  /** Peers that are as good as invited. Default: none. */
  readonly allow?: Iterable<PeerId> | undefined;
  /** Whether nobody else is let in. Default: false. */
  readonly vouchedOnly?: boolean | undefined;
  /** Bits of work that a newcomer has to show who is not invited: 0 to 30. Default: 0. */
  readonly workBits?: number | undefined;
  /** Newcomers that are not invited, in any hour: 1 to 100 000. Default: as many as come. */
  readonly newcomersAnHour?: number | undefined;
  /** Whether newcomers may name another address than the one they come from: a host name, or what lies behind a proxy. Default: false. */
  readonly anyAddress?: boolean | undefined;
  /** A rule of one's own, asked last. Default: it admits everybody. */
  readonly policy?: Admission | undefined;
}
