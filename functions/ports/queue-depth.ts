/** Depth of the lanes of the entries queue. */
export interface QueueDepth {
  readonly lanes: number;

  /**
   * Returns the records in a lane that are not finished, including those in progress. The number is approximate and
   * some seconds old (SQS: "eventually consistent", up to a minute). Throws if it cannot be read.
   */
  read(lane: number, signal: AbortSignal): Promise<number>;
}
