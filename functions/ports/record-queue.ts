/** A queue that triggers a function. */
export interface RecordQueue {
  /**
   * Makes records that will be reported as failed visible again after `delaySeconds`, instead of after the full
   * timeout.
   */
  retryAfter(receiptHandles: readonly string[], delaySeconds: number, signal: AbortSignal): Promise<void>;
}

/** The queues (lanes) that trigger one function; all records of an invocation come from one of them. */
export interface RecordQueues {
  /**
   * Returns the queue with this ARN, which comes with its records. For an unknown ARN, every call of the result
   * fails.
   */
  of(sourceArn: string): RecordQueue;
}
