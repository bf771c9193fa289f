/** A labelled place on an axis. */
interface Tick {
  readonly value: number;
  readonly label: string;
}

/** Where values lie along an axis. */
export interface Scale {
  readonly ticks: readonly Tick[];
  /** 0 at the axis' start, 1 at its end. */
  place(value: number): number;
}

/** Shares from 0 to 1, in per cent. */
export const percentScale: Scale = {
  ticks: [0, 0.2, 0.4, 0.6, 0.8, 1].map((value) => ({ value, label: `${100 * value}%` })),
  place: (value) => value,
};

/** Positive numbers from `min` to `max`, by their logarithms; ticks at 1, 2 and 5 where there is room for them. */
export function logScale(min: number, max: number): Scale {
  const span = Math.log(max / min);
  const marks = span > 3 * Math.LN10 ? [1] : [1, 2, 5];
  const ticks: Tick[] = [];
  for (let power = Math.floor(Math.log10(min)); 10 ** power <= max; power++) {
    for (const mark of marks) {
      const value = Number(`${mark}e${power}`);
      if (min <= value && value <= max) ticks.push({ value, label: String(value) });
    }
  }
  return { ticks, place: (value) => Math.log(value / min) / span };
}
