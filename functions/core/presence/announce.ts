import type { Leases, UserState } from "../../ports/leases.ts";
import type { Log } from "../../ports/log.ts";
import type { PresenceTopic } from "../../ports/presence-topic.ts";
import { errorName } from "../shared/error-name.ts";
import { withTimeout } from "../shared/with-timeout.ts";
import { newestExpiry } from "./leases.ts";

export interface AnnounceDeps {
  readonly leases: Leases;
  readonly presence: PresenceTopic;
  readonly logger: Log;
}

/** An announcement is renewed when less of it is left; several pings of a client come within it. */
const RENEW_BEFORE_MS = 15 * 60_000;

/** Somebody waits for the connection meanwhile; what is not said by then is said at the next ping. */
const BUDGET_MS = 1_500;

/**
 * Says that a user is online, unless what was said before still holds for long. Published first and noted after, so
 * that a crash between says it again at the next ping; noted only while no other connection came or everything ended,
 * for then someone else has the word. Never fails: a connection is more than being seen.
 */
export async function announce(
  { leases, presence, logger }: AnnounceDeps,
  user: string,
  state: UserState,
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  const untilMs = newestExpiry(state.leases, nowMs);
  if (untilMs === undefined) return;
  if (state.announcedUntilMs >= Math.min(untilMs, nowMs + RENEW_BEFORE_MS)) return;
  const { version } = state;
  const message = { type: "presence.online", user, expiresAtMs: untilMs, version, atMs: nowMs } as const;
  const inTime = withTimeout(BUDGET_MS, signal);
  try {
    await presence.publish(message, inTime);
    await leases.markOnline(user, version, untilMs, inTime);
  } catch (error) {
    logger.warn("an announcement failed", { error: errorName(error) });
  }
}
