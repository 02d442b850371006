import type { Head } from "../../ports/conversation-log.ts";
import type { Rate } from "../shared/rate-limit.ts";

/** Entries a second a conversation takes at most, however small it is. */
const PER_SECOND = 100;
/** Pushes a second one conversation may cause: an account has 10 000 API Gateway requests a second for all. */
const PUSHES_PER_SECOND = 5_000;
/** The largest group still moves. */
const SLOWEST_PER_SECOND = 1;
const BURST_SECONDS = 10;
/** A full frame always fits. */
const LEAST_BURST = 50;

/** Whoever is refused waits at least so long. */
const LEAST_WAIT_MS = 1_000;

/** When a conversation that refused so many entries will have room for them. */
export function roomAfterMs(
  { bucket, memberCount }: Pick<Head, "bucket" | "memberCount">,
  count: number,
): number {
  const { perSecond } = conversationRate(memberCount);
  const missing = count - (bucket?.tokens ?? count);
  return Math.max(LEAST_WAIT_MS, Math.ceil((missing / perSecond) * 1000));
}

/** How fast a conversation may grow: the more members every entry is pushed to, the slower. */
export function conversationRate(memberCount: number): Rate {
  const byFanOut = PUSHES_PER_SECOND / Math.max(1, memberCount);
  const perSecond = Math.max(SLOWEST_PER_SECOND, Math.min(PER_SECOND, byFanOut));
  return { perSecond, burst: Math.max(LEAST_BURST, perSecond * BURST_SECONDS) };
}
