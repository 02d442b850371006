import type { BackoffBounds } from "./connection/backoff.ts";

/** Every wait of the client, in milliseconds. */
export interface Timings {
  /** From asking for a token to an open connection. API Gateway gives its authorizer and `$connect` up to 29 s each. */
  readonly openWithinMs: number;
  /** API Gateway closes a connection after 10 idle minutes. */
  readonly pingEveryMs: number;
  /** A connection that leaves a ping unanswered for so long is dead. */
  readonly pongWithinMs: number;
  readonly replyWithinMs: number;
  /** So long before its token expires, or API Gateway's two hours are over, a connection gets a successor. */
  readonly renewBeforeMs: number;
  /** After so long without an `ack` a frame is sent again; then after twice as long, and so on, with jitter. */
  readonly ackWithinMs: number;
  /** Resends on one connection come no further apart than this. */
  readonly resendCapMs: number;
  /** A hole is usually a push that overtook another: worth a moment before asking. */
  readonly gapWaitMs: number;
  /** Between attempts to connect. */
  readonly reconnect: BackoffBounds;
  /** Between attempts at a request or a frame that failed for now. */
  readonly retry: BackoffBounds;
}

export const DEFAULT_TIMINGS: Timings = {
  openWithinMs: 30_000,
  pingEveryMs: 4 * 60_000,
  pongWithinMs: 10_000,
  replyWithinMs: 15_000,
  renewBeforeMs: 60_000,
  ackWithinMs: 15_000,
  resendCapMs: 2 * 60_000,
  gapWaitMs: 300,
  reconnect: { baseMs: 250, capMs: 15_000 },
  retry: { baseMs: 500, capMs: 15_000 },
};
