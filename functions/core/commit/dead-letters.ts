import { wireError } from "../../../protocol/index.ts";
import type { Fault } from "../../ports/conversation-log.ts";
import type { Parking } from "../../ports/parking.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import { publishApart, unpublished } from "../delivery/publish.ts";
import { pushAll } from "../delivery/push.ts";
import { errorName } from "../shared/error-name.ts";
import { type RetryDeps, retrySoon } from "../shared/retry-records.ts";
import { acknowledgeAndPush, type CommitDeps } from "./acknowledge-and-push.ts";
import type { CommitResult } from "./append.ts";
import { frameOf, type QueuedRecord } from "./batch.ts";
import { dryRun } from "./dry-run.ts";
import { rejectionOf } from "./replies.ts";

export interface DeadLetterDeps extends CommitDeps, RetryDeps {
  readonly parking: Parking;
  /** As for `commit`. */
  readonly faultOf: (error: unknown) => Fault | undefined;
}

/** Ends the work; the function's own timeout is 15 s. */
const DEADLINE_MS = 10_000;
/** Delay asked of the sender: a frame that failed for minutes is not worth an immediate retry. */
const RETRY_AFTER_MS = 30_000;

/**
 * Resolves frames that `commit` failed again and again. A frame that is in the log is finished: answered and pushed
 * once more. Any other is parked for an operator to put back, and its sender is told to send it again; so is one that meets
 * the same defect here. Appends nothing.
 *
 * Conversations are resolved in parallel, the records of one in order. Returns the ids of the records to retry: the
 * first that fails in a conversation, and those after it.
 */
export async function resolveDeadLetters(
  deps: DeadLetterDeps,
  records: readonly QueuedRecord[],
): Promise<string[]> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const groups = Map.groupBy(records, ({ group }) => group);
  const failed = await Promise.all([...groups.values()].map((group) => resolveInOrder(deps, group, signal)));
  await Promise.all(failed.map((group) => retrySoon(deps, group)));
  return failed.flat().map(({ id }) => id);
}

async function resolveInOrder(
  deps: DeadLetterDeps,
  records: readonly QueuedRecord[],
  signal: AbortSignal,
): Promise<readonly QueuedRecord[]> {
  for (const [index, record] of records.entries()) {
    try {
      await deps.logger.about({ record: record.id }, () => resolve(deps, record, signal));
    } catch (error) {
      const frame = frameOf(record)?.frame;
      deps.logger.error("a dead letter was not resolved", {
        record: record.id,
        ...(frame && { frames: [frame] }),
        error: errorName(error),
      });
      return records.slice(index);
    }
  }
  return [];
}

async function resolve(deps: DeadLetterDeps, record: QueuedRecord, signal: AbortSignal): Promise<void> {
  const frame = frameOf(record);
  if (frame === undefined) {
    await deps.parking.park(record, signal);
    deps.metrics.countBy("DeadLettered", "parked");
    deps.logger.error("a record that is no frame was parked");
    return;
  }
  const { conversation } = frame;
  await deps.logger.about({ conversation, frames: [frame.frame] }, () =>
    resolveFrame(deps, record, frame, signal),
  );
}

async function resolveFrame(
  deps: DeadLetterDeps,
  record: QueuedRecord,
  frame: PublishedFrame,
  signal: AbortSignal,
): Promise<void> {
  const result = await outcomeInLog(deps, frame, signal);
  if (result !== undefined) {
    await acknowledgeAndPush(deps, frame.conversation, result, signal);
    const isRefused = result.decisions.every(({ origin }) => origin === "refused");
    deps.metrics.countBy("DeadLettered", isRefused ? "refused" : "finished");
    deps.logger.warn(`a dead letter was ${isRefused ? "refused" : "in the log and has been finished"}`);
    return;
  }
  // Parked first: once the sender is told, the record is all that is left of the frame.
  await deps.parking.park(record, signal);
  deps.logger.error("a frame that could not be committed was parked");
  await reject(deps, frame, signal);
  // Not earlier: a record that fails is retried, but parked only once.
  deps.metrics.countBy("DeadLettered", "parked");
}

/** Returns the outcome of a frame, or undefined if it has none: also if the defect that stopped `commit` hides it. */
async function outcomeInLog(
  deps: DeadLetterDeps,
  frame: PublishedFrame,
  signal: AbortSignal,
): Promise<CommitResult | undefined> {
  try {
    return await dryRun(deps, frame, signal);
  } catch (error) {
    if (deps.faultOf(error) === undefined) throw error;
    deps.logger.error("a defect hides what became of a frame", { error: errorName(error) });
    return undefined;
  }
}

async function reject(deps: DeadLetterDeps, frame: PublishedFrame, signal: AbortSignal): Promise<void> {
  const error = { ...wireError("unavailable"), retryAfterMs: RETRY_AFTER_MS };
  const rejection = rejectionOf(frame, error);
  const left =
    rejection.type === "message.refused"
      ? [rejection]
      : await pushAll(
          deps,
          [{ target: rejection.target, pushes: [{ frame: rejection.frame, delivery: rejection }] }],
          signal,
        );
  await publishApart(deps, unpublished(left), signal);
}
