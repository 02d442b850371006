import type { Clock } from "../api/clock.ts";

/** A timer that comes later than this after its time means that the device has slept, or the page was frozen. */
const TICK_MS = 4_000;
/** Browsers let the timers of a hidden page come once a minute. */
const HIDDEN_TICK_MS = 60_000;

export interface WakeListener {
  /** The network is back, the page is looked at again, or time has passed unseen. */
  awake(hasSlept: boolean): void;
  /** The browser says that there is no network. */
  offline(): void;
}

/** Notices when a device wakes, by a gap in its time everywhere and by the events of browsers. Returns how to stop it. */
export function onWakeOrOffline(clock: Clock, { awake, offline }: WakeListener): () => void {
  const page: Partial<EventTarget> & { document?: EventTarget & { visibilityState: string } } = globalThis;
  const { document } = page;
  const isHidden = () => document?.visibilityState === "hidden";
  let seenMs = clock.nowMs();
  let cancelTimer = () => {};

  const look = (isEvent: boolean) => {
    const nowMs = clock.nowMs();
    const hasSlept = nowMs - seenMs > 2 * TICK_MS + (isHidden() ? HIDDEN_TICK_MS : 0);
    seenMs = nowMs;
    if (isEvent || hasSlept) awake(hasSlept);
  };
  const tick = () => {
    cancelTimer = clock.after(TICK_MS, () => {
      tick();
      look(false);
    });
  };
  tick();

  const end = new AbortController();
  const { signal } = end;
  const wake = () => look(true);
  for (const event of ["online", "focus", "pageshow"]) page.addEventListener?.(event, wake, { signal });
  page.addEventListener?.("offline", offline, { signal });
  document?.addEventListener("resume", wake, { signal });
  document?.addEventListener("visibilitychange", () => isHidden() || wake(), { signal });
  return () => {
    cancelTimer();
    end.abort();
  };
}
