/** How long things take, in milliseconds. */
export interface OverlayTiming {
  /** How long an edge lasts unless its owner renews it, which it does at half its life. 10 000 to 3 600 000. */
  readonly edgeLifeMs: number;
  /** How long a link may stand without an edge that both ends signed. */
  readonly edgeTimeoutMs: number;
  /** How long a draw waits for the candidates' answers. */
  readonly askTimeoutMs: number;
  /** Longest wait after a loss, for the neighbour to come back, before another is drawn; at least a quarter of it. */
  readonly repairJitterMs: number;
  /** Shortest time between two hints of one seed that are followed, and between two links made for hints. */
  readonly hintPauseMs: number;
  /** First pause after a search that found nobody; doubled each time, up to {@link OverlayTiming.retryMaxMs}. */
  readonly retryMinMs: number;
  /** Longest pause between two searches that find nobody. */
  readonly retryMaxMs: number;
}

/** The default pace. */
export const ASSIGNMENT_TIMING: OverlayTiming = {
  edgeLifeMs: 600_000,
  edgeTimeoutMs: 5000,
  askTimeoutMs: 2000,
  repairJitterMs: 2000,
  hintPauseMs: 30_000,
  retryMinMs: 1000,
  retryMaxMs: 30_000,
};

/** A faster pace, for networks whose round trips are below some 20 ms. */
export const LAN_TIMING: OverlayTiming = {
  edgeLifeMs: 600_000,
  edgeTimeoutMs: 1500,
  askTimeoutMs: 500,
  repairJitterMs: 400,
  hintPauseMs: 6000,
  retryMinMs: 250,
  retryMaxMs: 5000,
};
