import { LIMITS } from "../../../protocol/limits.ts";
import { delay } from "../api/clock.ts";
import { ClientError, UnreadableReplyError } from "../api/errors.ts";
import type { Settings } from "../api/settings.ts";
import type { Connection } from "../connection/connection.ts";
import { readHistory, readSync } from "../connection/decode.ts";
import { requestWithRetry, retryDelayMs } from "../connection/retry.ts";
import type { Conversations } from "./conversations.ts";

/** Brings the conversations up to date with the server's logs and loads missing entries, over one connection. */
export class Synchronizer {
  readonly #connection: Connection;
  readonly #conversations: Conversations;
  readonly #settings: Settings;
  readonly #repairing = new Set<string>();
  #latest: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #catchingUp = false;

  constructor(connection: Connection, conversations: Conversations, settings: Settings) {
    this.#connection = connection;
    this.#conversations = conversations;
    this.#settings = settings;
  }

  /** Resolves after a sync that began after this call. Syncs run one at a time; calls while one is waiting share it. */
  sync(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    const begin = () => {
      this.#next = undefined;
      return this.#syncPages();
    };
    this.#next = this.#latest.then(begin, begin);
    this.#latest = this.#next;
    return this.#latest;
  }

  /**
   * Syncs, and repeats that while entries wait that only a sync can place: the server may push an entry before its sync
   * includes it.
   */
  async catchUp(): Promise<void> {
    await this.sync();
    if (this.#catchingUp) return;
    this.#catchingUp = true;
    try {
      for (let attempts = 0; this.#conversations.hasEntriesAhead; attempts++) {
        await this.#backOff(attempts);
        await this.sync();
      }
    } finally {
      this.#catchingUp = false;
    }
  }

  async #syncPages(): Promise<void> {
    let from: string | undefined;
    let startedAtMs: number | undefined;
    let lastRequest = "";
    for (;;) {
      const request = this.#conversations.syncRequest(from, startedAtMs);
      // The same request again would have the same reply, for ever.
      if (JSON.stringify(request) === lastRequest) throw new UnreadableReplyError("reply to sync");
      lastRequest = JSON.stringify(request);

      const result = await requestWithRetry(this.#connection, request, this.#settings);
      const { conversations, next, atMs } = readSync(result);
      startedAtMs ??= atMs;
      if (atMs !== undefined) this.#conversations.serverAheadMs = atMs - this.#settings.clock.nowMs();
      for (const page of conversations) {
        this.#conversations.synced(page, request.cursors[page.conversation], page.conversation === next);
      }
      from = next;
      if (from === undefined) break;
    }
    this.#conversations.syncedAtMs = startedAtMs;
  }

  /** Waits a moment for missing entries to arrive, then requests them until there is no hole. */
  async repair(conversation: string): Promise<void> {
    if (this.#repairing.has(conversation)) return;
    this.#repairing.add(conversation);
    try {
      const { clock, timings } = this.#settings;
      await delay(clock, timings.gapWaitMs, this.#connection.signal);
      // A sync under way usually brings the missing entries.
      await this.#latest.catch(() => {});
      await this.#fillHole(conversation);
    } finally {
      this.#repairing.delete(conversation);
    }
  }

  async #fillHole(conversation: string): Promise<void> {
    for (let attempts = 0; ; ) {
      const log = this.#conversations.log(conversation);
      if (log === undefined || !log.hasHole) return;
      const before = log.appliedSeq;
      await this.#fetchAfter(conversation, before);
      if (log.appliedSeq > before) attempts = 0;
      else await this.#backOff(attempts++);
    }
  }

  #backOff(attempts: number): Promise<void> {
    const delayMs = retryDelayMs(this.#settings, attempts);
    return delay(this.#settings.clock, delayMs, this.#connection.signal);
  }

  async #fetchAfter(conversation: string, after: number): Promise<void> {
    const request = { type: "history" as const, conversation, after, limit: LIMITS.historyPage };
    try {
      const result = await this.#connection.request(request);
      const page = readHistory(result);
      this.#conversations.historyReceived(conversation, after, page);
    } catch (error) {
      const canRetry = error instanceof ClientError && error.temporary && !this.#connection.signal.aborted;
      if (!canRetry) throw error;
    }
  }
}
