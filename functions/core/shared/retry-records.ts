import type { Log } from "../../ports/log.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { RecordQueue } from "../../ports/record-queue.ts";
import { errorName } from "./error-name.ts";

export interface RetryDeps {
  readonly queue: RecordQueue;
  readonly logger: Log;
  readonly metrics: Metrics;
}

/** A record as far as its retry is concerned. */
export interface RetriedRecord {
  readonly receiptHandle: string;
  /** How often it has been received, this time included. */
  readonly receiveCount: number;
}

const TIMEOUT_MS = 2_000;
const MAX_DELAY_SECONDS = 30;

/** Has failed records come again in seconds, slower each time, and not after the queue's own timeout. */
export async function retrySoon(deps: RetryDeps, records: readonly RetriedRecord[]): Promise<void> {
  if (records.length === 0) return;
  const received = Math.max(...records.map(({ receiveCount }) => receiveCount));
  await retryAfter(deps, records, Math.min(2 ** (received - 1), MAX_DELAY_SECONDS));
}

/** Only an improvement: if it fails, the records come again after the queue's own timeout. */
export async function retryAfter(
  { queue, logger, metrics }: RetryDeps,
  records: readonly RetriedRecord[],
  delaySeconds: number,
): Promise<void> {
  metrics.count("Retried", records.length);
  try {
    const handles = records.map(({ receiptHandle }) => receiptHandle);
    // A time of its own: the deadline of the batch may be what failed it.
    await queue.retryAfter(handles, delaySeconds, AbortSignal.timeout(TIMEOUT_MS));
  } catch (error) {
    logger.warn("visibility was not shortened", { error: errorName(error) });
  }
}
