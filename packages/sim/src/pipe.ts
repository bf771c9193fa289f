import { FRAME_PREFIX_BYTES } from "@p2p/wire";
import type { SimLink } from "./link.ts";
import type { Network } from "./network.ts";
import type { Moment } from "./timeline.ts";
import { RETRANSMIT_FIRST_MS, RETRANSMIT_MAX_MS, retransmissionMs, type Weather } from "./weather.ts";

/** What travels: a frame, or the news that the other end is there, has ended its stream, or reset it. */
export type Mark = "opened" | "frame" | "end" | "reset" | "nothing";

interface Item {
  mark: Mark;
  readonly frame: Uint8Array;
  readonly bytes: number;
  arrivesAt: number;
  next: Item | undefined;
}

const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * One direction of a link: frames in their order, each at most once. Those that were sent stand in one list, in three
 * stretches: arrived and not yet read by the far program, on their way, and waiting for room in the far end's buffer.
 */
export class Pipe {
  readonly #network: Network;
  readonly #from: SimLink;
  readonly #to: SimLink;
  /** Where the three stretches begin; two that are equal enclose an empty one. */
  #unread: Item | undefined;
  #flying: Item | undefined;
  #waiting: Item | undefined;
  #last: Item | undefined;
  /** Bytes on their way or in the far end's buffer. */
  #unreadBytes = 0;
  #waitingBytes = 0;
  #lastArrival = 0;
  #wake: Moment | undefined;
  /** Whether the sender is about to hear that there is room. */
  #isCreditDue = false;
  /** When the sender gives up, while something is not acknowledged. */
  #overdue: Moment | undefined;
  /** Since when what should have arrived could not. */
  #stalledSince: number | undefined;
  #isBounced = false;

  constructor(network: Network, from: SimLink, to: SimLink) {
    this.#network = network;
    this.#from = from;
    this.#to = to;
  }

  /** Bytes that the sender's program gave and its system did not take yet. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Whether everything sent was read. */
  get isEmpty(): boolean {
    return this.#unread === undefined;
  }

  send(frame: Uint8Array): void {
    const weather = this.#network.weather(this.#from, this.#to);
    if (weather.duplicate === 0 && weather.reorder === 0) this.#append("frame", frame);
    else this.#disturb(frame, weather);
  }

  /** Tells the far end, behind everything sent before, that this end is there or gone. */
  tell(mark: "opened" | "end" | "reset"): void {
    this.#append(mark, NOTHING);
  }

  /** Throws away what the sender's system did not take yet. */
  dropWaiting(): void {
    if (this.#waiting !== undefined) this.#cutAt(this.#waiting);
    this.#waiting = undefined;
    this.#waitingBytes = 0;
  }

  /** Throws away whatever has not arrived: the sender's system repeats it no more. */
  dropUnarrived(): void {
    this.dropWaiting();
    for (let item = this.#flying; item !== undefined; item = item.next) this.#unreadBytes -= item.bytes;
    if (this.#flying !== undefined) this.#cutAt(this.#flying);
    this.#flying = undefined;
    if (this.#wake !== undefined) this.#network.timeline.cancel(this.#wake);
    this.#wake = undefined;
    this.#stalledSince = undefined;
    this.#lastArrival = 0;
  }

  /** Hands over what has arrived, as far as the far program takes it. */
  readonly read = (): void => {
    const before = this.#unreadBytes;
    while (this.#unread !== this.#flying) {
      const item = this.#unread as Item;
      if (!this.#to.takes(item.mark)) break;
      this.#unread = item.next;
      if (this.#unread === undefined) this.#last = undefined;
      this.#unreadBytes -= item.bytes;
      this.#hand(item);
    }
    if (this.#waiting !== undefined && this.#unreadBytes < before) this.#sendCredit();
  };

  /** Lets go what waits, as far as the far end's buffer has room. */
  readonly pump = (): void => {
    this.#isCreditDue = false;
    while (this.#waiting !== undefined && this.#mayLaunch(this.#waiting)) {
      const item: Item = this.#waiting;
      this.#waiting = item.next;
      this.#waitingBytes -= item.bytes;
      this.#unreadBytes += item.bytes;
      this.#launch(item);
    }
    if (this.#waiting !== undefined && this.#isSilent()) this.#expectAcknowledgement();
    this.#from.queueShrank();
  };

  /** Looks again at what passes: a cut was made or healed. */
  reconsider(): void {
    if (this.#stalledSince !== undefined && this.#network.passes(this.#from, this.#to)) this.#resend();
    if (this.#isSilent()) return;
    if (this.#overdue !== undefined) this.#network.timeline.cancel(this.#overdue);
    this.#overdue = undefined;
    if (this.#waiting !== undefined) this.#sendCredit();
  }

  #append(mark: Mark, frame: Uint8Array): void {
    const bytes = mark === "frame" ? FRAME_PREFIX_BYTES + frame.length : 0;
    const item: Item = { mark, frame, bytes, arrivesAt: 0, next: undefined };
    if (this.#last !== undefined) this.#last.next = item;
    this.#last = item;
    this.#unread ??= item;
    this.#flying ??= item;
    this.#waiting ??= item;
    this.#waitingBytes += bytes;
    if (this.#waiting === item) this.pump();
  }

  /** Weather that no ordered link has: the frame comes late, or twice. */
  #disturb(frame: Uint8Array, { duplicate, reorder, late }: Weather): void {
    const { random, timeline } = this.#network;
    const isHeldBack = random.next() < reorder;
    const isDoubled = random.next() < duplicate;
    if (!isHeldBack) this.#append("frame", frame);
    if (!isHeldBack && !isDoubled) return;
    timeline.after(random.between(late), () => {
      if (this.#from.isOpen) this.#append("frame", frame);
    });
  }

  #mayLaunch(item: Item): boolean {
    if (item.bytes === 0) return true;
    return this.#unreadBytes < this.#network.receiveBytesMax && !this.#from.isFrozen && !this.#isDeaf();
  }

  /** Whether acknowledgements do not come back, so that the sender believes the far end's buffer is full. */
  #isDeaf(): boolean {
    return this.#unreadBytes > 0 && !this.#network.passes(this.#to, this.#from);
  }

  #launch(item: Item): void {
    const { random, timeline } = this.#network;
    const weather = this.#network.weather(this.#from, this.#to);
    const repeatsMs = retransmissionMs(item.bytes, weather.loss, this.#network.patience.maxMs, random);
    item.arrivesAt = Math.max(this.#lastArrival, timeline.now + random.between(weather.latency) + repeatsMs);
    this.#lastArrival = item.arrivesAt;
    if (repeatsMs > this.#network.patience.maxMs) this.#expectAcknowledgement();
    if (this.#wake === undefined && this.#stalledSince === undefined) this.#wakeAt(item.arrivesAt);
  }

  #wakeAt(at: number): void {
    this.#wake = this.#network.timeline.at(at, this.#arrive);
  }

  readonly #arrive = (): void => {
    this.#wake = undefined;
    if (!this.#network.passes(this.#from, this.#to)) {
      this.#stall();
      return;
    }
    const { now } = this.#network.timeline;
    while (this.#flying !== this.#waiting && (this.#flying as Item).arrivesAt <= now) {
      this.#flying = (this.#flying as Item).next;
    }
    if (this.#flying !== this.#waiting) this.#wakeAt((this.#flying as Item).arrivesAt);
    if (this.#isDeaf()) this.#expectAcknowledgement();
    this.read();
  };

  #stall(): void {
    this.#stalledSince = this.#network.timeline.now;
    // Nobody repeats a reset.
    for (let item = this.#flying; item !== undefined; item = item.next)
      if (item.mark === "reset") item.mark = "nothing";
    this.#expectAcknowledgement();
  }

  /** The way is free again; the sender finds out when it next repeats, and it has repeated ever more rarely. */
  #resend(): void {
    const { random, timeline } = this.#network;
    const stalledMs = timeline.now - (this.#stalledSince as number);
    const maxMs = Math.min(RETRANSMIT_MAX_MS, Math.max(RETRANSMIT_FIRST_MS, stalledMs));
    this.#stalledSince = undefined;
    this.#wakeAt(
      timeline.now + random.between({ minMs: 0, maxMs }) + this.#network.latency(this.#from, this.#to),
    );
  }

  #isSilent(): boolean {
    return !this.#network.passes(this.#from, this.#to) || !this.#network.passes(this.#to, this.#from);
  }

  #expectAcknowledgement(): void {
    if (this.#overdue !== undefined || this.#from.isGone) return;
    const patienceMs = this.#network.random.between(this.#network.patience);
    this.#overdue = this.#network.timeline.after(patienceMs, () => {
      this.#overdue = undefined;
      this.#from.gaveUp({ kind: "broken", detail: `no acknowledgement for ${Math.round(patienceMs)} ms` });
    });
  }

  #sendCredit(): void {
    if (this.#isCreditDue) return;
    this.#isCreditDue = true;
    this.#network.timeline.after(this.#network.latency(this.#to, this.#from), this.pump);
  }

  #hand({ mark, frame }: Item): void {
    if (mark === "opened") this.#to.opened();
    else if (mark === "end") this.#to.ended({ kind: "broken", detail: "end of stream" });
    else if (mark === "reset") this.#to.ended({ kind: "broken", detail: "connection reset" });
    else if (mark === "frame" && this.#to.isGone) this.#bounce();
    else if (mark === "frame") this.#to.received(frame);
  }

  /** The far end is gone, and its news did not reach us: its system answers with a reset. */
  #bounce(): void {
    if (this.#isBounced || !this.#to.hasSaidAll) return;
    this.#isBounced = true;
    this.#network.timeline.after(this.#network.latency(this.#to, this.#from), () => {
      this.#isBounced = false;
      if (!this.#network.passes(this.#to, this.#from)) return;
      this.#from.ended({ kind: "broken", detail: "connection reset" });
    });
  }

  /** Takes `item` and all behind it off the list. */
  #cutAt(item: Item): void {
    let before = this.#unread === item ? undefined : this.#unread;
    while (before !== undefined && before.next !== item) before = before.next;
    if (before !== undefined) before.next = undefined;
    this.#last = before;
    if (this.#flying === item) this.#flying = undefined;
    if (this.#unread === item) this.#unread = undefined;
  }
}
