import { checkWeather, FAIR_WEATHER, type Weather } from "./weather.ts";

/** What is wrong between the hosts of a world, by their numbers: data only, the network looks it up. */
export class Faults {
  readonly #cuts = new Set<number>();
  readonly #vanished = new Set<number>();
  /** The side of each host that is on one; hosts on none reach everybody. */
  readonly #sides = new Map<number, number>();
  readonly #local = new Map<number, Weather>();
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
    const [side, other] = [this.#sides.get(from), this.#sides.get(to)];
    return side === undefined || other === undefined || side === other;
  }

  weather(from: number, to: number): Weather {
    return this.#local.size === 0 ? this.#weather : (this.#local.get(pair(from, to)) ?? this.#weather);
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

  #look(): void {
    this.#isClear = this.#cuts.size === 0 && this.#vanished.size === 0 && this.#sides.size === 0;
  }
}

/** One number for an ordered pair of host numbers, each below 2^26. */
function pair(from: number, to: number): number {
  return from * 2 ** 26 + to;
}
