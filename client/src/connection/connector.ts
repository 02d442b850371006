import { UnreachableError } from "../api/errors.ts";
import type { Settings } from "../api/settings.ts";
import { Connection, type ConnectionListener } from "./connection.ts";
import { readExpiryMs } from "./jwt.ts";
import { type ConnectionEnd, NO_FAILURES, planReconnect } from "./reconnect-policy.ts";

export interface ConnectorListener extends Omit<ConnectionListener, "opened" | "ended" | "resync"> {
  /** An attempt began while no connection is in service. */
  connecting(): void;
  /** The token names the user, before anything is sent in their name. Throwing makes the attempt fail. */
  tokenReceived(token: string): void;
  /** The listener must call `promote` or `replace`. Until then the previous connection, if any, stays in service. */
  opened(connection: Connection): void;
  resync(connection: Connection): void;
  /** There is no connection; the next attempt is scheduled. */
  offline(): void;
  unreachable(error: UnreachableError): void;
}

/** API Gateway ends every WebSocket connection after this time. */
const MAX_CONNECTION_MS = 2 * 60 * 60_000;
/** A connection is not renewed earlier. */
const MIN_RENEWAL_MS = 10_000;

/** Longest wait for a pong after the device may have slept. A function that starts cold answers within it. */
const WOKEN_PONG_WITHIN_MS = 5_000;
/** Longest wait for a pong when there is reason to believe that none will come. */
const DOUBTED_PONG_WITHIN_MS = 2_000;

/**
 * Keeps one connection open until it is stopped. Opens a new one whenever one has ended or is about to end; in the
 * latter case the old one serves until the new one is ready.
 */
export class Connector {
  readonly #settings: Settings;
  readonly #listener: ConnectorListener;
  #history = NO_FAILURES;
  /** The attempt under way, or the one that led to `#next`. Results of earlier attempts are ignored. */
  #attempt: symbol | undefined;
  /** Opening, or open and not yet promoted. */
  #next: Connection | undefined;
  /** In service. */
  #current: Connection | undefined;
  #isRunning = false;
  /** Cancels the only timer: for opening, renewal or the next attempt. */
  #cancelTimer: () => void = () => {};
  #isWaiting = false;

  constructor(settings: Settings, listener: ConnectorListener) {
    this.#settings = settings;
    this.#listener = listener;
  }

  /** Connects. If it is running already, checks the connection or tries at once. */
  start(): void {
    if (this.#isRunning) {
      this.retryNow();
      return;
    }
    this.#isRunning = true;
    void this.#connect();
  }

  stop(): void {
    this.#isRunning = false;
    this.#abandonAttempt();
    this.#current?.close();
    this.#current = undefined;
  }

  /** Puts a connection into service and closes the previous one, if any. */
  promote(connection: Connection): void {
    if (connection !== this.#next) return;
    this.#next = undefined;
    this.#attempt = undefined;
    this.#current?.close();
    this.#current = connection;
  }

  /** Gives up an open connection that is of no use. Even if it was in sync once, it counts as a failure. */
  replace(connection: Connection, cause: unknown): void {
    connection.close();
    this.#ended(connection, cause, "opened");
  }

  /**
   * Checks the connection, or connects at once: for when the network is back or the device awake.
   *
   * @param hasSlept true if time has passed unseen: an attempt under way may wait for an answer that was lost
   */
  retryNow(hasSlept = false): void {
    this.#check(WOKEN_PONG_WITHIN_MS);
    const isOpening = this.#attempt !== undefined && !this.#next?.hasOpened;
    if (!this.#isWaiting && !(hasSlept && isOpening)) return;
    this.#abandonAttempt();
    void this.#connect();
  }

  /** Checks the connection with little patience: the browser says that there is no network. It may be wrong. */
  doubt(): void {
    this.#check(DOUBTED_PONG_WITHIN_MS);
  }

  #check(pongWithinMs: number): void {
    this.#current?.ping(pongWithinMs);
    if (this.#next?.hasOpened) this.#next.ping(pongWithinMs);
  }

  async #connect(): Promise<void> {
    const attempt = Symbol("attempt");
    const isCurrent = () => this.#attempt === attempt;
    const { url, token, device, timings } = this.#settings;
    this.#attempt = attempt;
    this.#isWaiting = false;
    this.#startTimer(timings.openWithinMs, () =>
      this.#scheduleRetry(
        "unopened",
        new Error(`the connection did not open within ${timings.openWithinMs} ms`),
      ),
    );
    if (this.#current === undefined) this.#listener.connecting();
    if (!isCurrent()) return;
    try {
      const result = await token();
      const grant = typeof result === "string" ? { token: result } : result;
      const { expiresAtMs = readExpiryMs(grant.token) } = grant;
      const target = new URL(typeof url === "string" ? url : await url());
      if (!isCurrent()) return;
      this.#listener.tokenReceived(grant.token);
      if (device !== undefined) target.searchParams.set("device", device);
      const connection: Connection = new Connection(
        { ...this.#settings, url: target.href, token: grant.token },
        {
          ...this.#listener,
          opened: () => {
            this.#startTimer(this.#renewInMs(expiresAtMs), () => this.#renew());
            this.#listener.opened(connection);
          },
          ended: (cause) => this.#ended(connection, cause),
          finished: (error) => {
            // Evicted in favour of its own replacement.
            const replaced =
              error.code === "evicted" && connection === this.#current && this.#next !== undefined;
            if (replaced) this.#ended(connection, error);
            else this.#listener.finished(error);
          },
          resync: () => this.#listener.resync(connection),
        },
      );
      this.#next = connection;
    } catch (error) {
      if (isCurrent()) this.#scheduleRetry("unopened", error);
    }
  }

  /**
   * Delay until the connection is replaced. The server ends a connection whose token has expired, and then a backoff
   * would interrupt service; so it is replaced shortly before. Never at once, lest tokens that are about to expire cause
   * a loop. A token that seems expired although the server accepted it means that this device's clock is wrong.
   */
  #renewInMs(expiresAtMs = Number.POSITIVE_INFINITY): number {
    const { clock, timings } = this.#settings;
    const leftMs = expiresAtMs - clock.nowMs();
    const usableMs = leftMs > 0 ? Math.min(leftMs, MAX_CONNECTION_MS) : MAX_CONNECTION_MS;
    return Math.max(MIN_RENEWAL_MS, usableMs - timings.renewBeforeMs);
  }

  #renew(): void {
    // A successor that is not ready by the time it must be replaced itself will never be.
    this.#abandonAttempt();
    this.#history = NO_FAILURES;
    void this.#connect();
  }

  #ended(connection: Connection, cause: unknown, end: ConnectionEnd = "synced"): void {
    if (connection === this.#next) {
      this.#scheduleRetry(connection.hasOpened ? "opened" : "unopened", cause);
    } else if (connection === this.#current) {
      this.#current = undefined;
      if (this.#attempt === undefined && !this.#isWaiting) {
        this.#scheduleRetry(end, cause);
        return;
      }
      // The successor was early until now, so its failed attempts were no outage.
      this.#history = NO_FAILURES;
      if (this.#isWaiting) this.#listener.offline();
      else this.#listener.connecting();
    }
  }

  #scheduleRetry(end: ConnectionEnd, cause: unknown): void {
    if (!this.#isRunning) return;
    this.#abandonAttempt();
    const { random, timings } = this.#settings;
    const plan = planReconnect(this.#history, end, timings.reconnect, random());
    this.#history = plan.history;
    this.#isWaiting = true;
    this.#startTimer(plan.delayMs, () => void this.#connect());
    // While a connection is in service, a late successor is not reported.
    if (this.#current !== undefined) return;
    this.#listener.offline();
    if (plan.report) this.#listener.unreachable(new UnreachableError(plan.history.failedOpens, cause));
  }

  /** Ends the attempt under way; the connection in service stays open. */
  #abandonAttempt(): void {
    this.#cancelTimer();
    this.#isWaiting = false;
    this.#attempt = undefined;
    this.#next?.close();
    this.#next = undefined;
  }

  #startTimer(delayMs: number, fire: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#settings.clock.after(delayMs, fire);
  }
}
