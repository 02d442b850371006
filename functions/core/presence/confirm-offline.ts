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

/** One record of the presence queue, the grace period after it was published. */
export interface PresenceRecord extends RetriedRecord {
  readonly id: string;
  readonly body: string;
}

const RecordBody = v.pipe(v.string(), v.parseJson(), PresenceMaybeOffline);

/** Works end here; the function's own timeout is 15 s. */
const DEADLINE_MS = 10_000;
const MAX_ATTEMPTS = 5;

/** Looks at those who may have gone, all side by side. Returns the ids of the records to come again. */
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
    deps.logger.error("a record that is no departure", { record: id });
    return false;
  }
  try {
    await confirmOffline(deps, parsed.output.user, deps.now(), signal);
    return true;
  } catch (error) {
    deps.logger.error("a departure was not settled", { record: id, error: errorName(error) });
    return false;
  }
}

/**
 * Says that a user is offline if there is no connection now, and returns what holds then. Noted first: the note fails
 * if someone connected since the look, and gives the message a version of its own, older than that of whoever connects
 * next. A repetition after a crash between the two notes and says it again.
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
    // A note that fails may also be one whose answer got lost and which the SDK repeated: look again.
    if (!(await leases.markOffline(user, state.version, signal))) continue;
    const confirmed = { ...state, version: state.version + 1, announcedUntilMs: 0 };
    const lastSeenAtMs = lastSeen(state, nowMs);
    const seen = lastSeenAtMs === undefined ? {} : { lastSeenAtMs };
    const { version } = confirmed;
    await presence.publish({ type: "presence.offline", user, ...seen, version, atMs: nowMs }, signal);
    return confirmed;
  }
  throw new Error("the user changed whenever it was looked at");
}
