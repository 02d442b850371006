import pMap from "p-map";
import * as v from "valibot";
import type { Leases, UserState } from "../../ports/leases.ts";
import { PresenceMaybeOffline, type PresenceTopic } from "../../ports/presence-topic.ts";
import { errorName } from "../shared/error-name.ts";
import { type RetriedRecord, type RetryDeps, retrySoon } from "../shared/retry-records.ts";
import { lastSeen } from "./advertised.ts";
import { activeLeases } from "./leases.ts";

export interface OfflineDeps {
  readonly leases: Leases;
  readonly presence: PresenceTopic;
}

export interface ConfirmOfflineDeps extends OfflineDeps, RetryDeps {
  readonly now: () => number;
}

/** One record of the presence queue, received after the grace period. */
export interface PresenceRecord extends RetriedRecord {
  readonly id: string;
  readonly body: string;
}

const RecordBody = v.pipe(v.string(), v.parseJson(), PresenceMaybeOffline);

/** Deadline of the work; the function's own timeout is 15 s. */
const DEADLINE_MS = 10_000;
const MAX_ATTEMPTS = 5;

/** Checks users who may have gone offline, all in parallel. Returns the ids of the records to retry. */
export async function confirmOfflineBatch(
  deps: ConfirmOfflineDeps,
  records: readonly PresenceRecord[],
): Promise<string[]> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const done = await pMap(records, async (record) => ({
    record,
    ok: await confirmRecord(deps, record, signal),
  }));
  const failed = done.filter(({ ok }) => !ok).map(({ record }) => record);
  await retrySoon(deps, failed);
  return failed.map(({ id }) => id);
}

async function confirmRecord(
  deps: ConfirmOfflineDeps,
  { id, body }: PresenceRecord,
  signal: AbortSignal,
): Promise<boolean> {
  const parsed = v.safeParse(RecordBody, body);
  if (!parsed.success) {
    deps.logger.error("a record that is not a presence message", { record: id });
    return false;
  }
  try {
    await confirmOffline(deps, parsed.output.user, deps.now(), signal);
    return true;
  } catch (error) {
    deps.logger.error("an offline check failed", { record: id, error: errorName(error) });
    return false;
  }
}

/**
 * Announces a user as offline if they have no connection now, and returns the resulting state. It is recorded before
 * it is published: the write fails if someone connected since the read, and it gives the message its own version,
 * older than that of the next connection. A repetition after a crash in between publishes it again.
 */
export async function confirmOffline(
  { leases, presence }: OfflineDeps,
  user: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<UserState> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const state = (await leases.states([user], signal)).get(user);
    if (state === undefined) break;
    if (activeLeases(state.leases, nowMs).length > 0) return state;
    // The write may also have failed because its response got lost and the SDK repeated it: read again.
    if (!(await leases.markOffline(user, state.version, signal))) continue;
    const confirmed = { ...state, version: state.version + 1, announcedUntilMs: 0 };
    const lastSeenAtMs = lastSeen(state, nowMs);
    const message = { type: "presence.offline", user, version: confirmed.version, atMs: nowMs } as const;
    await presence.publish({ ...message, ...(lastSeenAtMs !== undefined && { lastSeenAtMs }) }, signal);
    return confirmed;
  }
  throw new Error(`the user's connections changed ${MAX_ATTEMPTS} times during the check`);
}
