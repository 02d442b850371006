import type { Log } from "../../ports/log.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { RecordQueue } from "../../ports/record-queue.ts";
import { errorName } from "./error-name.ts";

export interface RetryDeps {
  readonly queue: RecordQueue;
  readonly logger: Log;
  readonly metrics: Metrics;
}

/** The fields of a record that its retry needs. */
export interface RetriedRecord {
  readonly receiptHandle: string;
  /** Number of deliveries so far, including this one. */
  readonly receiveCount: number;
}

const TIMEOUT_MS = 2_000;
const MAX_DELAY_SECONDS = 30;

/** Retries failed records within seconds, with exponential backoff, instead of after the queue's own timeout. */
export async function retrySoon(deps: RetryDeps, records: readonly RetriedRecord[]): Promise<void> {
  if (records.length === 0) return;
  const received = Math.max(...records.map(({ receiveCount }) => receiveCount));
  await retryAfter(deps, records, Math.min(2 ** (received - 1), MAX_DELAY_SECONDS));
}

/**
 * Makes failed records visible again after a delay. Only an optimization: if it fails, the records return after the
 * queue's own timeout.
 */
export async function retryAfter(
  { queue, logger, metrics }: RetryDeps,
  records: readonly RetriedRecord[],
  delaySeconds: number,
): Promise<void> {
  metrics.count("Retried", records.length);
  try {
    const handles = records.map(({ receiptHandle }) => receiptHandle);
    // A separate timeout: the batch may have failed because its deadline passed.
    await queue.retryAfter(handles, delaySeconds, AbortSignal.timeout(TIMEOUT_MS));
  } catch (error) {
    logger.warn("visibility timeout was not shortened", { error: errorName(error) });
  }
}
