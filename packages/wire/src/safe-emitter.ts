import { EventEmitter } from "eventemitter3";
import type { Clock } from "./clock.ts";

type Names<Events extends EventEmitter.ValidEventTypes> = EventEmitter.EventNames<Events>;
type Listener<
  Events extends EventEmitter.ValidEventTypes,
  E extends Names<Events>,
> = EventEmitter.EventListener<Events, E>;

/**
 * An emitter that its listeners cannot disturb, nor they each other: what one throws is thrown again from a task of the
 * clock, where whatever handles uncaught errors finds it. Otherwise an EventEmitter like any other.
 */
export class SafeEmitter<Events extends EventEmitter.ValidEventTypes> extends EventEmitter<Events> {
  readonly #clock: Clock;
  readonly #guarded = new WeakMap<object, unknown>();

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
  }

  override on<E extends Names<Events>>(event: E, listener: Listener<Events, E>, context?: unknown): this {
    return super.on(event, this.#guard(listener), context);
  }

  override addListener<E extends Names<Events>>(
    event: E,
    listener: Listener<Events, E>,
    context?: unknown,
  ): this {
    return this.on(event, listener, context);
  }

  override once<E extends Names<Events>>(event: E, listener: Listener<Events, E>, context?: unknown): this {
    return super.once(event, this.#guard(listener), context);
  }

  override off<E extends Names<Events>>(
    event: E,
    listener?: Listener<Events, E>,
    context?: unknown,
    once?: boolean,
  ): this {
    return super.off(event, listener && this.#guard(listener), context, once);
  }

  override removeListener<E extends Names<Events>>(
    event: E,
    listener?: Listener<Events, E>,
    context?: unknown,
    once?: boolean,
  ): this {
    return this.off(event, listener, context, once);
  }

  /** The same for one listener each time, so that it can be taken off again. */
  #guard<L extends (...news: never) => void>(listener: L): L {
    const known = this.#guarded.get(listener);
    if (known !== undefined) return known as L;
    const clock = this.#clock;
    function guarded(this: unknown, ...news: unknown[]): void {
      try {
        listener.apply(this, news as never);
      } catch (error) {
        clock.after(0, () => {
          throw error;
        });
      }
    }
    this.#guarded.set(listener, guarded);
    this.#guarded.set(guarded, guarded); // it takes itself off after one time
    return guarded as unknown as L;
  }
}
