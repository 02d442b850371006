import { Connection, type ConnectionListener } from "./connection.ts";
import { UnreachableError } from "./errors.ts";
import type { Settings } from "./options.ts";
import { LIVED_MS, NO_FAILURES, reconnectAfter } from "./reconnect-policy.ts";

export interface DialerListener extends Omit<ConnectionListener, "opened" | "ended"> {
  /** There is no connection, or none any more; the next is on its way. */
  dialling(): void;
  opened(connection: Connection): void;
  /** There is no connection; the next attempt comes by itself. */
  offline(): void;
  unreachable(error: UnreachableError): void;
}

/** API Gateway ends every WebSocket connection after so long. */
const LONGEST_CONNECTION_MS = 2 * 60 * 60_000;

/** Keeps one connection open for as long as it is not stopped, by opening a new one whenever one ends. */
export class Dialer {
  readonly #settings: Settings;
  readonly #listener: DialerListener;
  #history = NO_FAILURES;
  /** The attempt under way, or the one that led to the connection: what an earlier one still brings is void. */
  #attempt: symbol | undefined;
  #connection: Connection | undefined;
  #running = false;
  /** One at a time: to an open connection, to its renewal, to the next attempt. */
  #cancelTimer: () => void = () => {};

  constructor(settings: Settings, listener: DialerListener) {
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
    this.#hangUp();
  }

  /** Gives up a connection that is open but of no use. It has proved nothing, however long it was open. */
  redial(cause: unknown): void {
    if (this.#connection !== undefined) this.#wait(0, cause);
  }

  async #dial(): Promise<void> {
    const attempt = Symbol("attempt");
    const isCurrent = () => this.#attempt === attempt;
    const { url, token, device, transport, clock, newId, timings } = this.#settings;
    this.#attempt = attempt;
    this.#startTimer(timings.openWithinMs, () =>
      this.#wait(undefined, new Error("the connection did not open")),
    );
    this.#listener.dialling();
    if (!isCurrent()) return;
    try {
      const granted = await token();
      const grant = typeof granted === "string" ? { token: granted } : granted;
      const target = new URL(typeof url === "string" ? url : await url());
      if (!isCurrent()) return;
      if (device !== undefined) target.searchParams.set("device", device);
      const connection: Connection = new Connection(
        { url: target.href, token: grant.token, transport, clock, newId, timings },
        {
          ...this.#listener,
          opened: () => {
            this.#startTimer(this.#renewInMs(grant.expiresAtMs), () => this.#renew());
            this.#listener.opened(connection);
          },
          ended: (cause) => this.#wait(connection.openForMs, cause),
        },
      );
      this.#connection = connection;
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
    this.#hangUp();
    this.#history = NO_FAILURES;
    void this.#dial();
  }

  #wait(openForMs: number | undefined, cause: unknown): void {
    if (!this.#running) return;
    this.#hangUp();
    const { random, timings } = this.#settings;
    const next = reconnectAfter(this.#history, openForMs, timings.reconnect, random());
    this.#history = next.history;
    this.#startTimer(next.delayMs, () => void this.#dial());
    this.#listener.offline();
    if (next.report) this.#listener.unreachable(new UnreachableError(next.history.failedOpens, cause));
  }

  #hangUp(): void {
    this.#cancelTimer();
    this.#attempt = undefined;
    this.#connection?.close();
    this.#connection = undefined;
  }

  #startTimer(delayMs: number, fire: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#settings.clock.after(delayMs, fire);
  }
}
