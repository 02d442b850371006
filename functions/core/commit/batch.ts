import * as v from "valibot";
import { wireError } from "../../../protocol/index.ts";
import { PublishedFrame } from "../../ports/published-frame.ts";
import { errorName } from "../shared/error-name.ts";
import { type RetriedRecord, type RetryDeps, retryAfter, retrySoon } from "../shared/retry-records.ts";
import { acknowledgeAndPush, type CommitDeps } from "./acknowledge-and-push.ts";
import { appendFrames, type CommitResult } from "./append.ts";
import { refusedCodes, rejectionOf } from "./replies.ts";

/** One record of the entries queue. */
export interface QueuedRecord extends RetriedRecord {
  readonly id: string;
  /** The message group: the conversation. */
  readonly group: string;
  readonly body: string;
}

export interface BatchDeps extends CommitDeps, RetryDeps {
  /** Is it this frame that fails, and would fail again? Anything else is worth a retry. */
  readonly isFrameFault: (error: unknown) => boolean;
}

/** Work ends here, so that nothing is pending when the function's own timeout (15 s) would strike. */
const COMMIT_DEADLINE_MS = 10_000;

interface QueuedFrame {
  readonly record: QueuedRecord;
  readonly frame: PublishedFrame;
}

/**
 * Commits a batch, the conversations side by side. Returns the ids of the records that must come again; the
 * failure of one conversation fails its own records only. Their visibility is shortened, so that the retry
 * comes in seconds and not after the queue's timeout.
 */
export async function commitBatch(deps: BatchDeps, records: readonly QueuedRecord[]): Promise<string[]> {
  const signal = AbortSignal.timeout(COMMIT_DEADLINE_MS);
  const { groups, poison } = readRecords(records);
  const all = [...groups.values()].flat();
  return deps.logger.about({ frames: all.map(({ frame }) => frame.frame) }, async () => {
    const failed = await Promise.all(
      [...groups].map(([conversation, queued]) => commitGroup(deps, conversation, queued, signal)),
    );
    await Promise.all([retryPoison(deps, poison), ...failed.map((group) => retrySoon(deps, group))]);
    return [...poison, ...failed.flat()].map(({ id }) => id);
  });
}

/**
 * Poison is what is not a frame at all: nothing in it could be committed or answered, so nothing waits for it.
 * It goes back at once, as often as it takes to reach the dead-letter queue.
 */
function readRecords(records: readonly QueuedRecord[]) {
  const groups = new Map<string, QueuedFrame[]>();
  const poison: QueuedRecord[] = [];
  for (const record of records) {
    const frame = frameOf(record);
    if (frame === undefined) poison.push(record);
    else groups.set(record.group, [...(groups.get(record.group) ?? []), { record, frame }]);
  }
  return { groups, poison };
}

const RecordBody = v.pipe(v.string(), v.parseJson(), PublishedFrame);

/** The frame a record holds, if it is one and in the group of its conversation. */
export function frameOf(record: QueuedRecord): PublishedFrame | undefined {
  const parsed = v.safeParse(RecordBody, record.body);
  return parsed.success && parsed.output.conversation === record.group ? parsed.output : undefined;
}

/** Returns the records of the conversation that failed: none, all, or one and all after it. */
async function commitGroup(
  deps: BatchDeps,
  conversation: string,
  queued: readonly QueuedFrame[],
  signal: AbortSignal,
): Promise<QueuedRecord[]> {
  const frames = queued.map(({ frame }) => frame.frame);
  return deps.logger.about({ conversation, frames }, async () => {
    try {
      const { decided, left } = await appendGroup(deps, conversation, queued, signal);
      if (decided !== undefined) {
        await acknowledgeAndPush(deps, conversation, decided, signal);
        // Not before: what is refused in a batch that comes again would be counted each time.
        for (const code of decided.decisions.flatMap(refusedCodes)) deps.metrics.countBy("Rejected", code);
      }
      return left.map(({ record }) => record);
    } catch (error) {
      logFailure(deps, queued, error);
      return queued.map(({ record }) => record);
    }
  });
}

/** Decides the batch, or what comes before a frame that must be left for later. */
async function appendGroup(
  deps: BatchDeps,
  conversation: string,
  queued: readonly QueuedFrame[],
  signal: AbortSignal,
): Promise<{ decided: CommitResult | undefined; left: readonly QueuedFrame[] }> {
  const decide = (batch: readonly QueuedFrame[]) =>
    appendFrames(
      deps,
      conversation,
      batch.map(({ frame }) => frame),
      signal,
    );
  try {
    return { decided: await decide(queued), left: [] };
  } catch (error) {
    if (!deps.isFrameFault(error)) throw error;
    logFailure(deps, queued, error);
  }
  // One by one, each with those before it: what these were refused with is then recorded by the next append.
  const accepted: QueuedFrame[] = [];
  let decided: CommitResult | undefined;
  for (const [index, one] of queued.entries()) {
    try {
      decided = await decide([...accepted, one]);
      accepted.push(one);
    } catch (error) {
      logFailure(deps, [one], error);
      if (!deps.isFrameFault(error)) return { decided, left: queued.slice(index) };
      // The frame alone cannot be committed, now or later: its sender is told, and the conversation goes on.
      await deps.outbound.publish([rejectionOf(one.frame, wireError("internal"))], signal);
      deps.metrics.countBy("Rejected", "internal");
    }
  }
  return { decided, left: [] };
}

function logFailure(deps: BatchDeps, queued: readonly QueuedFrame[], error: unknown): void {
  const frames = queued.map(({ frame }) => frame.frame);
  // The message of an SDK or parser error can quote the item: only the name and place are logged.
  const stack = error instanceof Error ? error.stack?.split("\n").slice(1, 6) : undefined;
  deps.logger.error("a conversation was not committed", { frames, error: errorName(error), stack });
}

async function retryPoison(deps: BatchDeps, poison: readonly QueuedRecord[]): Promise<void> {
  if (poison.length === 0) return;
  deps.logger.error("records that are not frames", { records: poison.map(({ id }) => id) });
  await retryAfter(deps, poison, 0);
}
