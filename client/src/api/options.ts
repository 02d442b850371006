import type { Clock } from "./clock.ts";
import type { ClientStorage } from "./storage.ts";
import type { Transport } from "./transport.ts";

export interface Token {
  readonly token: string;
  /** Milliseconds since 1970. @default the `exp` of a JWT */
  readonly expiresAtMs?: number;
}

export interface CoreOptions {
  /**
   * The signed-in user, exactly as the token names them: entries in the log with this sender are one's own. The server
   * takes the sender from the token alone, so another name here only confuses this device. To be given where tokens
   * are no JWTs, or the deployment reads another claim; and so that what is written before the first token comes
   * survives a reload, and what did is shown without a connection.
   * @default the token's `sub`
   */
  readonly user?: string;
  /** `wss://…`; a function is asked for every attempt to connect, after `token`. */
  readonly url: string | (() => Promise<string>);
  /**
   * Asked for every attempt to connect. One that rejects, or takes longer than `timings.openWithinMs`, is a failed
   * attempt, and is tried again. Shortly before a token expires (`timings.renewBeforeMs`), or API Gateway's two hours are
   * over, the client replaces the connection by itself; so do not hand out a token that is about to expire.
   */
  readonly token: () => Promise<string | Token>;
  /** Names this device to the server, always the same: at most 64 printable ASCII characters. */
  readonly device?: string;
  /**
   * Keeps what waits to be sent beyond the life of this client: `webStorage(localStorage)` of the full library,
   * `indexedDbStorage()` of `@parley/client/indexeddb`, `fileStorage(folder)` of `@parley/client/node`. Several clients
   * may share one.
   * @default none: what waits is lost with the client
   */
  readonly storage?: ClientStorage;
  /** @default the platform's WebSocket */
  readonly transport?: Transport;
  readonly clock?: Clock;
  /** In [0, 1). @default Math.random */
  readonly random?: () => number;
  /** Ids of entries and requests; must never repeat, on no device. @default crypto.randomUUID */
  readonly newId?: () => string;
  readonly timings?: Partial<Timings>;
}

export interface BackoffBounds {
  readonly baseMs: number;
  readonly capMs: number;
}

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
