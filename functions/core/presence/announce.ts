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

/** An announcement is renewed when less than this is left; a client pings several times within it. */
const RENEW_BEFORE_MS = 15 * 60_000;

/** The client waits for the connection meanwhile. An announcement that does not fit is repeated at the next ping. */
const BUDGET_MS = 1_500;

/**
 * Announces a user as online, unless an earlier announcement still lasts long enough. It is published before it is
 * recorded, so that a crash in between repeats it at the next ping. It is recorded only if no other connection came
 * and the user was not marked offline, because another invocation then announces the user. Never fails: the
 * connection matters more than the announcement.
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
