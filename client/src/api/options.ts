import type { Clock } from "./clock.ts";
import type { ClientStorage } from "./storage.ts";
import type { Transport } from "./transport.ts";

export interface Token {
  readonly token: string;
  /** Milliseconds since 1970. @default the `exp` claim, if the token is a JWT */
  readonly expiresAtMs?: number;
}

export interface CoreOptions {
  /**
   * The signed-in user, exactly as the token names them: entries with this sender are the user's own. The server takes
   * the sender from the token alone, so another name here only confuses this device. Pass it if tokens are not JWTs or
   * the deployment reads another claim than `sub`; and so that entries written before the first token survive a reload,
   * and stored ones are shown without a connection.
   * @default the `sub` claim of the token
   */
  readonly user?: string;
  /** `wss://…`; a function is called for every attempt to connect, after `token`. */
  readonly url: string | (() => Promise<string>);
  /**
   * Called for every attempt to connect. If it rejects or takes longer than `timings.openWithinMs`, the attempt has
   * failed and is repeated later. The client replaces the connection shortly (`timings.renewBeforeMs`) before its token
   * expires or API Gateway's limit of two hours is reached, so do not return a token that is about to expire.
   */
  readonly token: () => Promise<string | Token>;
  /** Stable id of this device for the server: at most 64 printable ASCII characters. */
  readonly device?: string;
  /**
   * Keeps unsent entries beyond the life of this client: `webStorage(() => localStorage)` of the full library,
   * `indexedDbStorage()` of `@parley/client/indexeddb`, `fileStorage(folder)` of `@parley/client/node`. Several clients
   * may share one.
   * @default none: unsent entries are lost with the client
   */
  readonly storage?: ClientStorage;
  /** @default the platform's WebSocket */
  readonly transport?: Transport;
  readonly clock?: Clock;
  /** Returns a number in [0, 1). @default Math.random */
  readonly random?: () => number;
  /** Returns an id for an entry or request, which must never repeat on any device. @default 128 random bits */
  readonly newId?: () => string;
  readonly timings?: Partial<Timings>;
}

export interface BackoffBounds {
  readonly baseMs: number;
  readonly capMs: number;
}

/** Delays and time limits of the client, in milliseconds. */
export interface Timings {
  /** Limit from asking for a token to an open connection. API Gateway allows its authorizer and `$connect` 29 s each. */
  readonly openWithinMs: number;
  /** Interval between pings. API Gateway closes a connection after 10 idle minutes. */
  readonly pingEveryMs: number;
  /** A connection that does not answer a ping within this time is considered dead. */
  readonly pongWithinMs: number;
  /** A request without a reply within this time has failed. */
  readonly replyWithinMs: number;
  /** A connection is replaced this long before its token expires or API Gateway's limit of two hours is reached. */
  readonly renewBeforeMs: number;
  /** A frame without an `ack` within this time is sent again; then after twice as long, and so on, with jitter. */
  readonly ackWithinMs: number;
  /** Longest time between two resends on one connection. */
  readonly resendCapMs: number;
  /** Delay before missing entries are requested: usually one push has only overtaken another. */
  readonly gapWaitMs: number;
  /** A storage that does not answer within this time is not waited for; see the event `error`. */
  readonly storageWithinMs: number;
  /** Backoff between attempts to connect. */
  readonly reconnect: BackoffBounds;
  /** Backoff between attempts at a request or frame that failed with a temporary error. */
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
  storageWithinMs: 5_000,
  reconnect: { baseMs: 250, capMs: 15_000 },
  retry: { baseMs: 500, capMs: 15_000 },
};
