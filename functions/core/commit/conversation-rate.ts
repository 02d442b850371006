import { utf8Bytes } from "../../../protocol/index.ts";
import type { Head } from "../../ports/conversation-log.ts";
import type { Rate } from "../shared/rate-limit.ts";

/** Most tokens a second that a conversation takes, however small it is. */
const PER_SECOND = 100;
/** Most pushes a second that one conversation may cause; an account has 10 000 API Gateway requests a second in all. */
const PUSHES_PER_SECOND = 5_000;
/** Rate of the largest group. */
const SLOWEST_PER_SECOND = 1;
const BURST_SECONDS = 10;
/** Least burst, so that a full frame always fits. */
const LEAST_BURST = 50;

/** Writes at which a conversation is left to the queue, which appends a burst in batches. */
export const DIRECT_PACE: Rate = { perSecond: 10, burst: 10 };

/** Least wait after a refusal. */
const LEAST_WAIT_MS = 1_000;

/** Bytes of entries that take one token: 400 KB a second are as many write units, of the 1 000 that a partition has. */
const BYTES_PER_TOKEN = 4 * 1024;

/** Tokens that entries take from the bucket of their conversation: one each, or more if they are large. */
export function tokensFor(entries: readonly object[]): number {
  return Math.max(entries.length, Math.ceil(utf8Bytes(JSON.stringify(entries)) / BYTES_PER_TOKEN));
}

/** Milliseconds until a conversation that refused entries has the tokens for them. */
export function roomAfterMs(
  { bucket, memberCount }: Pick<Head, "bucket" | "memberCount">,
  tokens: number,
): number {
  const { perSecond } = conversationRate(memberCount);
  const missing = tokens - (bucket?.tokens ?? tokens);
  return Math.max(LEAST_WAIT_MS, Math.ceil((missing / perSecond) * 1000));
}

/** Rate at which a conversation may grow: the more members an entry is pushed to, the slower. */
export function conversationRate(memberCount: number): Rate {
  const byFanOut = PUSHES_PER_SECOND / Math.max(1, memberCount);
  const perSecond = Math.max(SLOWEST_PER_SECOND, Math.min(PER_SECOND, byFanOut));
  return { perSecond, burst: Math.max(LEAST_BURST, perSecond * BURST_SECONDS) };
}
