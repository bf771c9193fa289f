import type { Scale } from "./scale.ts";

/** A point in the units of the two axes. */
export type Point = readonly [x: number, y: number];

/** What is drawn, and how the legend calls it. */
export interface Series {
  readonly label: string;
  readonly kind: "dots" | "line";
  readonly points: readonly Point[];
}

/** One direction of a chart. */
interface Axis {
  readonly label: string;
  readonly scale: Scale;
}

/** A chart before it is drawn. */
export interface Chart {
  readonly title: string;
  /** What there is to see, in a sentence, for those who cannot. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

const WIDTH = 640;
const [LEFT, RIGHT, TOP, BOTTOM] = [88, 616, 48, 360];
/** Where the first row of the legend stands, and how far the next is from it. */
const [LEGEND, ROW] = [432, 22];

/** The one grey that has a contrast of 4.5 on white and on black. */
const INK = "#767676";

/** At least 3 : 1 on white and on black, and told apart by those who see fewer colours; lines differ in dashes, too. */
const COLOURS = ["#0080c5", "#d55e00", "#009e73", "#c0679f"] as const;
const DASHES = ["none", "8 4", "2 4", "12 4 2 4"] as const;

/** `chart` as the text of an SVG image, on no background: it can stand on a light page and on a dark one. */
export function drawChart(chart: Chart): string {
  const { title, description, x, y, series } = chart;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${LEGEND + ROW * series.length}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="14" fill="${INK}">
<title>${escaped(title)}</title>
<desc>${escaped(description)}</desc>
${text((LEFT + RIGHT) / 2, 24, title, 'text-anchor="middle" font-size="17"')}
${legend(series)}
${acrossAxis(x)}
${upAxis(y)}
<path d="M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}" fill="none" stroke="${INK}"/>
${series.map((one, index) => drawSeries(one, index, chart)).join("\n")}
</svg>
`;
}

function drawSeries({ kind, points }: Series, index: number, { x, y }: Chart): string {
  const places = points.map(([across, up]) => [
    rounded(LEFT + x.scale.place(across) * (RIGHT - LEFT)),
    rounded(BOTTOM - y.scale.place(up) * (BOTTOM - TOP)),
  ]);
  if (kind === "dots")
    return places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour(index)}"/>`).join("");
  return `<polyline points="${places.map((place) => place.join(",")).join(" ")}" ${stroke(index)}/>`;
}

/** One row a series, under the axis: how wide words are nobody knows here. */
function legend(series: readonly Series[]): string {
  const rows = series.map(({ kind, label }, index) => {
    const y = LEGEND + ROW * index;
    const sign =
      kind === "dots"
        ? `<circle cx="${LEFT + 14}" cy="${y - 5}" r="3" fill="${colour(index)}"/>`
        : `<path d="M${LEFT} ${y - 5}h28" ${stroke(index)}/>`;
    return sign + text(LEFT + 38, y, label);
  });
  return rows.join("\n");
}

function acrossAxis({ label, scale }: Axis): string {
  const ticks = scale.ticks.map((tick) => {
    const at = rounded(LEFT + scale.place(tick.value) * (RIGHT - LEFT));
    return `<path d="M${at} ${BOTTOM}v6" stroke="${INK}"/>${text(at, BOTTOM + 22, tick.label, 'text-anchor="middle"')}`;
  });
  return [...ticks, text((LEFT + RIGHT) / 2, BOTTOM + 44, label, 'text-anchor="middle"')].join("\n");
}

function upAxis({ label, scale }: Axis): string {
  const ticks = scale.ticks.map((tick) => {
    const at = rounded(BOTTOM - scale.place(tick.value) * (BOTTOM - TOP));
    return `<path d="M${LEFT} ${at}h-6" stroke="${INK}"/>${text(LEFT - 10, at + 5, tick.label, 'text-anchor="end"')}`;
  });
  const middle = (TOP + BOTTOM) / 2;
  const turned = `text-anchor="middle" transform="rotate(-90 20 ${middle})"`;
  return [...ticks, text(20, middle, label, turned)].join("\n");
}

function text(x: number, y: number, words: string, attributes = ""): string {
  return `<text x="${rounded(x)}" y="${rounded(y)}" ${attributes}>${escaped(words)}</text>`;
}

function stroke(index: number): string {
  const dashes = DASHES[index % DASHES.length];
  return `fill="none" stroke="${colour(index)}" stroke-width="2" stroke-dasharray="${dashes}"`;
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] as string;
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10;
}

function escaped(words: string): string {
  return words
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
