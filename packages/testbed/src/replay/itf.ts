import { type Ballot, type Fact, factText, type Move, type Sight, type Step, voteText } from "./trace.ts";

/**
 * What a replay needs of a trace in Informal's format, as Quint writes it.
 * @throws TypeError when it is none of `model/seeds.qnt`.
 */
export function stepsIn(itf: unknown): readonly Step[] {
  const { states } = plain(itf) as { readonly states: readonly State[] };
  let before = new Map<number, string>();
  return states.map((state): Step => {
    const seen = new Map(pairs(state.seeds).map(([seed, given]) => [seed, sightOf(given)]));
    const news = [...seen].filter(([seed, sight]) => before.get(seed) !== JSON.stringify(sight));
    before = new Map([...seen].map(([seed, sight]) => [seed, JSON.stringify(sight)]));
    const { life, left } = state.peer;
    return { move: moveOf(state.last), life, left, seeds: Object.fromEntries(news) };
  });
}

interface State {
  readonly seeds: readonly (readonly [number, ModelSeed])[];
  readonly peer: { readonly life: number; readonly left: number };
  readonly last: { readonly tag: Move["kind"]; readonly value: unknown };
}

interface ModelSeed {
  readonly tick: number;
  readonly holds: Fact;
  readonly voted: readonly Ballot[];
}

function sightOf({ tick, holds, voted }: ModelSeed): Sight {
  return { tick, holds: factText(holds), voted: [...new Set(voted.map(voteText))].toSorted() };
}

function moveOf({ tag: kind, value }: State["last"]): Move {
  if (typeof value === "number") return { kind, seed: value } as Move;
  if (kind === "Listen") return { kind, ears: Object.fromEntries(pairs(value as never)) };
  if (kind !== "Hear") return { kind, ...(Array.isArray(value) ? {} : (value as object)) } as Move;
  const { seed, vote } = value as { readonly seed: number; readonly vote: Ballot };
  const { fact, tick, onLeave } = vote;
  return { kind, seed, vote: { seed: vote.seed, fact, tick, onLeave } };
}

function pairs<T>(map: readonly (readonly [number, T])[]): [number, T][] {
  return map.map(([key, value]) => [key, value]);
}

/** Without the format's wrappings: sets, maps and tuples become arrays, big integers numbers. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const { "#bigint": integer, "#set": set, "#map": map, "#tup": tuple } = value as Record<string, unknown>;
  if (integer !== undefined) return Number(integer);
  const list = set ?? map ?? tuple;
  if (list !== undefined) return plain(list);
  // Names of variables come with those of their modules.
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key.replace(/^.*::/, ""), plain(one)]),
  );
}
