import * as v from "valibot";
import { wireError } from "../../../protocol/index.ts";
import type { Fault } from "../../ports/conversation-log.ts";
import { PublishedFrame } from "../../ports/published-frame.ts";
import { publishApart, unpublished } from "../delivery/publish.ts";
import { errorName } from "../shared/error-name.ts";
import { type RetriedRecord, type RetryDeps, retryAfter, retrySoon } from "../shared/retry-records.ts";
import { acknowledgeAndPush, type CommitDeps } from "./acknowledge-and-push.ts";
import { type AppendDeps, appendFrames, type CommitResult } from "./append.ts";
import { refusedCodes, rejectionOf } from "./replies.ts";

/** One record of the entries queue. */
export interface QueuedRecord extends RetriedRecord {
  readonly id: string;
  /** The message group: the conversation. */
  readonly group: string;
  readonly body: string;
}

export interface BatchDeps extends CommitDeps, RetryDeps {
  /** Returns undefined for an error that may be temporary. */
  readonly faultOf: (error: unknown) => Fault | undefined;
}

/** Ends the work, so that nothing is pending when the function's own timeout (15 s) strikes. */
const COMMIT_DEADLINE_MS = 10_000;

interface QueuedFrame {
  readonly record: QueuedRecord;
  readonly frame: PublishedFrame;
}

/**
 * Commits a batch, its conversations in parallel. Returns the ids of the records to retry; a conversation that fails
 * affects only its own records. Their visibility timeout is shortened, so that the retry comes in seconds and not after
 * the queue's timeout.
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
 * Sorts records by conversation. Poison is a record that holds no frame: nothing of it can be committed or answered, so
 * it goes back at once, until it reaches the dead-letter queue.
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

/** Returns the frame of a record, if it holds one and is in the message group of its conversation. */
export function frameOf(record: QueuedRecord): PublishedFrame | undefined {
  const parsed = v.safeParse(RecordBody, record.body);
  return parsed.success && parsed.output.conversation === record.group ? parsed.output : undefined;
}

/** Returns the records that failed: none, all, or one and all after it. */
async function commitGroup(
  deps: BatchDeps,
  conversation: string,
  queued: readonly QueuedFrame[],
  signal: AbortSignal,
): Promise<QueuedRecord[]> {
  const frames = queued.map(({ frame }) => frame.frame);
  return deps.logger.about({ conversation, frames }, async () => {
    try {
      const { result, left } = await appendGroup(deps, conversation, queued, signal);
      if (result !== undefined) {
        await acknowledgeAndPush(deps, conversation, result, signal);
        // Not earlier: a batch that is retried would count its refusals each time.
        for (const code of result.decisions.flatMap(refusedCodes)) deps.metrics.countBy("Rejected", code);
      }
      return left.map(({ record }) => record);
    } catch (error) {
      logFailure(deps, queued, error);
      return queued.map(({ record }) => record);
    }
  });
}

/** Appends the batch, or the part of it before a frame that must wait. */
async function appendGroup(
  deps: BatchDeps,
  conversation: string,
  queued: readonly QueuedFrame[],
  signal: AbortSignal,
): Promise<{ result: CommitResult | undefined; left: readonly QueuedFrame[] }> {
  const decide = (batch: readonly QueuedFrame[]) =>
    appendQueued(
      deps,
      conversation,
      batch.map(({ frame }) => frame),
      signal,
    );
  try {
    return { result: await decide(queued), left: [] };
  } catch (error) {
    if (deps.faultOf(error) === undefined) throw error;
    logFailure(deps, queued, error);
  }
  // One by one, each together with the frames before it, so that the next append records their refusals, too. A frame
  // that meets a defect goes back to the queue: at last it is a dead letter, which is parked until the defect is mended.
  const accepted: QueuedFrame[] = [];
  let result: CommitResult | undefined;
  for (const [index, one] of queued.entries()) {
    try {
      result = await decide([...accepted, one]);
      accepted.push(one);
    } catch (error) {
      logFailure(deps, [one], error);
      if (deps.faultOf(error) !== "frame") return { result, left: queued.slice(index) };
      // This frame can never be committed: its sender is told, and the conversation goes on.
      await publishApart(deps, unpublished([rejectionOf(one.frame, wireError("internal"))]), signal);
      deps.metrics.countBy("Rejected", "internal");
    }
  }
  return { result, left: [] };
}

/** After this many lost races in one invocation the conversation is left to the queue's retry. */
const MAX_ATTEMPTS = 20;

async function appendQueued(
  deps: AppendDeps,
  conversation: string,
  frames: readonly PublishedFrame[],
  signal: AbortSignal,
): Promise<CommitResult> {
  const options = { source: "queue", maxAttempts: MAX_ATTEMPTS } as const;
  const result = await appendFrames(deps, conversation, frames, options, signal);
  if (result === undefined) throw new Error(`${MAX_ATTEMPTS} races were lost while a batch was decided`);
  return result;
}

function logFailure(deps: BatchDeps, queued: readonly QueuedFrame[], error: unknown): void {
  const frames = queued.map(({ frame }) => frame.frame);
  // An SDK or parser error can quote the item in its message, so only its name and stack are logged.
  const stack = error instanceof Error ? error.stack?.split("\n").slice(1, 6) : undefined;
  deps.logger.error("a conversation was not committed", { frames, error: errorName(error), stack });
}

async function retryPoison(deps: BatchDeps, poison: readonly QueuedRecord[]): Promise<void> {
  if (poison.length === 0) return;
  deps.logger.error("records that are not frames", { records: poison.map(({ id }) => id) });
  await retryAfter(deps, poison, 0);
}
