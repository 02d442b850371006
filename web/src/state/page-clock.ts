import type { Client } from "../../../client/src/index.ts";
import { localDay, renewFormats } from "../format/time.ts";
import { Signal } from "./signal.ts";

const MINUTE_MS = 60_000;
/** The user's own clock says which day it is, unless it is wrong by more than this: no time zone explains that. */
const MAX_CLOCK_ERROR_MS = 36 * 60 * MINUTE_MS;

/** Events after which time may have passed unseen: timers stop while a device sleeps or a page is frozen. */
const WAKE_EVENTS = ["focus", "pageshow", "resume", "visibilitychange", "online"];

export type TimeSource = Pick<Client, "serverAheadMs" | "status">;

/** The present, for texts that depend on it. It ticks every minute, so at midnight too, and when the page wakes. */
export class PageClock {
  /** The present, renewed every minute. */
  readonly minute: Signal<number>;
  /** Changes when times of day and names of days have to be shown anew: at midnight and in another time zone. */
  readonly day: Signal<string>;
  readonly #source: TimeSource;
  readonly #stop = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(source: TimeSource) {
    this.#source = source;
    this.minute = new Signal(this.nowMs());
    this.day = new Signal(localDay(this.nowMs()));
    const { signal } = this.#stop;
    for (const event of WAKE_EVENTS) {
      addEventListener(event, () => this.#tick(), { signal });
      // `resume` and `visibilitychange` are events of the document; some of them bubble.
      document.addEventListener(event, () => this.#tick(), { signal });
    }
    // A sync tells the server's time.
    signal.addEventListener(
      "abort",
      source.status.subscribe(() => this.#tick()),
    );
  }

  /** Returns the device's time, or the server's if that of the device is wrong by days. */
  nowMs(): number {
    const { serverAheadMs } = this.#source;
    return Date.now() + (Math.abs(serverAheadMs) > MAX_CLOCK_ERROR_MS ? serverAheadMs : 0);
  }

  stop(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
  }

  #tick(): void {
    const nowMs = this.nowMs();
    const day = localDay(nowMs);
    if (day !== this.day.getSnapshot()) renewFormats();
    this.day.set(day);
    if (Math.floor(nowMs / MINUTE_MS) !== Math.floor(this.minute.getSnapshot() / MINUTE_MS))
      this.minute.set(nowMs);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), MINUTE_MS - (nowMs % MINUTE_MS));
  }
}
