/** The queue that triggers a function. */
export interface RecordQueue {
  /** Makes records that will be reported as failed visible again after `delaySeconds`, not after the full timeout. */
  retryAfter(receiptHandles: readonly string[], delaySeconds: number, signal: AbortSignal): Promise<void>;
}

/** The queues (lanes) that trigger one function; the records of an invocation come from one of them. */
export interface RecordQueues {
  /** The queue with the ARN that came with its records; of one it does not know, every call fails. */
  of(sourceArn: string): RecordQueue;
}
