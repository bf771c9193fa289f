import { checkWeather, FAIR_WEATHER, type Weather } from "./weather.ts";

/** The share, in [0, 1], of what a host's own network loses; what is missing is 0. */
export interface Losses {
  /** Of what others send to it. */
  readonly in?: number;
  /** Of what it sends. */
  readonly out?: number;
}

/** What is wrong between the hosts of a world, by their numbers: data only, the network looks it up. */
export class Faults {
  readonly #cuts = new Set<number>();
  readonly #vanished = new Set<number>();
  /** The side of each host that is on one; hosts on none reach everybody. */
  readonly #sides = new Map<number, number>();
  readonly #local = new Map<number, Weather>();
  /** Of hosts whose own network loses something. */
  readonly #losses = new Map<number, Losses>();
  #weather: Weather;
  #isClear = true;

  /** @throws RangeError on weather that cannot be. */
  constructor(weather: Partial<Weather>) {
    checkWeather(weather);
    this.#weather = { ...FAIR_WEATHER, ...weather };
  }

  /** Whether anything sent by `from` arrives at `to`. A host always reaches itself. */
  passes(from: number, to: number): boolean {
    if (this.#isClear || from === to) return true;
    if (this.#vanished.has(from) || this.#vanished.has(to) || this.#cuts.has(pair(from, to))) return false;
    if (this.#losses.get(from)?.out === 1 || this.#losses.get(to)?.in === 1) return false;
    const [side, other] = [this.#sides.get(from), this.#sides.get(to)];
    return side === undefined || other === undefined || side === other;
  }

  weather(from: number, to: number): Weather {
    const weather =
      this.#local.size === 0 ? this.#weather : (this.#local.get(pair(from, to)) ?? this.#weather);
    return this.#losses.size === 0 || from === to ? weather : this.#lossier(weather, from, to);
  }

  /** From now on nothing sent by `from` arrives at `to`; the other direction stays. */
  cutOneWay(from: number, to: number): void {
    this.#cuts.add(pair(from, to));
    this.#look();
  }

  /** Hosts of different sides no longer reach each other. Takes the place of an earlier partition. */
  partition(sides: readonly (readonly number[])[]): void {
    this.#sides.clear();
    for (const [side, hosts] of sides.entries()) for (const host of hosts) this.#sides.set(host, side);
    this.#look();
  }

  /** Ends all cuts and the partition. */
  heal(): void {
    this.#cuts.clear();
    this.#sides.clear();
    this.#look();
  }

  /** Ends the cuts between two hosts. */
  healBetween(a: number, b: number): void {
    this.#cuts.delete(pair(a, b));
    this.#cuts.delete(pair(b, a));
    this.#look();
  }

  vanish(host: number): void {
    this.#vanished.add(host);
    this.#look();
  }

  reappear(host: number): void {
    this.#vanished.delete(host);
    this.#look();
  }

  /**
   * From now on the host's own network loses such shares; they add to what the weather loses on the way.
   * @throws RangeError on a share outside [0, 1].
   */
  lose(host: number, losses: Losses): void {
    const { in: inward = 0, out: outward = 0 } = losses;
    checkWeather({ loss: inward });
    checkWeather({ loss: outward });
    if (inward === 0 && outward === 0) this.#losses.delete(host);
    else this.#losses.set(host, { in: inward, out: outward });
    this.#look();
  }

  /** Changes the weather everywhere except where it was changed between two hosts. */
  changeWeather(change: Partial<Weather>): void {
    checkWeather(change);
    this.#weather = { ...this.#weather, ...change };
  }

  /** Changes the weather from one host to another. */
  changeWeatherBetween(from: number, to: number, change: Partial<Weather>): void {
    checkWeather(change);
    this.#local.set(pair(from, to), { ...this.weather(from, to), ...change });
  }

  #lossier(weather: Weather, from: number, to: number): Weather {
    const passing = passingOf(this.#losses.get(from)?.out) * passingOf(this.#losses.get(to)?.in);
    return passing === 1 ? weather : { ...weather, loss: 1 - (1 - weather.loss) * passing };
  }

  #look(): void {
    this.#isClear =
      this.#cuts.size === 0 && this.#vanished.size === 0 && this.#sides.size === 0 && this.#losses.size === 0;
  }
}

/** What a loss lets pass. One that lets nothing pass is a cut: what is sent into it waits, and comes when it ends. */
function passingOf(loss = 0): number {
  return loss === 1 ? 1 : 1 - loss;
}

/** One number for an ordered pair of host numbers, each below 2^26. */
function pair(from: number, to: number): number {
  return from * 2 ** 26 + to;
}
