/** How full the lanes of the entries queue are. */
export interface QueueDepth {
  readonly lanes: number;

  /**
   * Records in a lane that have not been done with, those being worked on included. Approximate, and as of some
   * seconds ago (SQS: "eventually consistent", a minute to settle). Throws when it cannot be had.
   */
  read(lane: number, signal: AbortSignal): Promise<number>;
}
