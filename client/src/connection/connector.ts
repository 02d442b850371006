import { UnreachableError } from "../api/errors.ts";
import type { Settings } from "../api/settings.ts";
import { Connection, type ConnectionListener } from "./connection.ts";
import { expiryOfToken } from "./jwt.ts";
import { LIVED_MS, NO_FAILURES, reconnectAfter } from "./reconnect-policy.ts";

export interface ConnectorListener extends Omit<ConnectionListener, "opened" | "ended" | "resync"> {
  /** There is no connection, or none any more; the next is on its way. */
  dialling(): void;
  /** Who this is, before anything is said in their name. One that throws makes the attempt fail. */
  granted(token: string): void;
  /** To be answered by `settle` or `redial`. The connection before this one, if any, serves until then. */
  opened(connection: Connection): void;
  resync(connection: Connection): void;
  /** There is no connection; the next attempt comes by itself. */
  offline(): void;
  unreachable(error: UnreachableError): void;
}

/** API Gateway ends every WebSocket connection after so long. */
const LONGEST_CONNECTION_MS = 2 * 60 * 60_000;

/**
 * Keeps one connection open for as long as it is not stopped, by opening a new one whenever one ends, or is about to:
 * then the old one serves until the new one does.
 */
export class Connector {
  readonly #settings: Settings;
  readonly #listener: ConnectorListener;
  #history = NO_FAILURES;
  /** The attempt under way, or the one that led to `#next`: what an earlier one still brings is void. */
  #attempt: symbol | undefined;
  /** Being opened, or open and not settled. */
  #next: Connection | undefined;
  /** In service. */
  #current: Connection | undefined;
  #running = false;
  /** One at a time: to an open connection, to its renewal, to the next attempt. */
  #cancelTimer: () => void = () => {};
  #waiting = false;

  constructor(settings: Settings, listener: ConnectorListener) {
    this.#settings = settings;
    this.#listener = listener;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#dial();
  }

  stop(): void {
    this.#running = false;
    this.#abandon();
    this.#current?.close();
    this.#current = undefined;
  }

  /** The connection is ready to serve; the one before it, if any, has done its service. */
  settle(connection: Connection): void {
    if (connection !== this.#next) return;
    this.#next = undefined;
    this.#attempt = undefined;
    this.#current?.close();
    this.#current = connection;
  }

  /** Gives up a connection that is open but of no use. It has proved nothing, however long it was open. */
  redial(connection: Connection, cause: unknown): void {
    connection.close();
    this.#ended(connection, cause, 0);
  }

  /** The network may be back, or the device awake: nobody should wait for a timer to notice. */
  retryNow(): void {
    this.#current?.ping();
    if (this.#running && this.#waiting) void this.#dial();
  }

  async #dial(): Promise<void> {
    const attempt = Symbol("attempt");
    const isCurrent = () => this.#attempt === attempt;
    const { url, token, device, timings } = this.#settings;
    this.#attempt = attempt;
    this.#waiting = false;
    this.#startTimer(timings.openWithinMs, () =>
      this.#wait(undefined, new Error("the connection did not open")),
    );
    if (this.#current === undefined) this.#listener.dialling();
    if (!isCurrent()) return;
    try {
      const granted = await token();
      const grant = typeof granted === "string" ? { token: granted } : granted;
      const { expiresAtMs = expiryOfToken(grant.token) } = grant;
      const target = new URL(typeof url === "string" ? url : await url());
      if (!isCurrent()) return;
      this.#listener.granted(grant.token);
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
            // In favour of the very connection that is to replace it.
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
      if (isCurrent()) this.#wait(undefined, error);
    }
  }

  /**
   * A connection is of no use beyond its token, and its end in the middle of something costs a backoff: better
   * another one shortly before. Never within moments, lest tokens that are about to expire make a loop; and a token
   * that seems to have expired although the server took it says more about this device's clock.
   */
  #renewInMs(expiresAtMs = Number.POSITIVE_INFINITY): number {
    const { clock, timings } = this.#settings;
    const leftMs = expiresAtMs - clock.nowMs();
    const usableMs = leftMs > 0 ? Math.min(leftMs, LONGEST_CONNECTION_MS) : LONGEST_CONNECTION_MS;
    return Math.max(LIVED_MS, usableMs - timings.renewBeforeMs);
  }

  #renew(): void {
    // Still not settled at its own end: no service is to be expected of it.
    this.#abandon();
    this.#history = NO_FAILURES;
    void this.#dial();
  }

  #ended(connection: Connection, cause: unknown, openForMs = connection.openForMs): void {
    if (connection === this.#next) {
      this.#wait(openForMs, cause);
    } else if (connection === this.#current) {
      this.#current = undefined;
      if (this.#attempt === undefined && !this.#waiting) {
        this.#wait(openForMs, cause);
        return;
      }
      // A successor that was early and is now due: what failed before was no outage.
      this.#history = NO_FAILURES;
      if (this.#waiting) this.#listener.offline();
      else this.#listener.dialling();
    }
  }

  #wait(openForMs: number | undefined, cause: unknown): void {
    if (!this.#running) return;
    this.#abandon();
    const { random, timings } = this.#settings;
    const next = reconnectAfter(this.#history, openForMs, timings.reconnect, random());
    this.#history = next.history;
    this.#waiting = true;
    this.#startTimer(next.delayMs, () => void this.#dial());
    // As long as one serves, nobody needs to know that its successor is late.
    if (this.#current !== undefined) return;
    this.#listener.offline();
    if (next.report) this.#listener.unreachable(new UnreachableError(next.history.failedOpens, cause));
  }

  /** Ends the attempt under way; the connection in service stays. */
  #abandon(): void {
    this.#cancelTimer();
    this.#waiting = false;
    this.#attempt = undefined;
    this.#next?.close();
    this.#next = undefined;
  }

  #startTimer(delayMs: number, fire: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#settings.clock.after(delayMs, fire);
  }
}
