import { LIMITS } from "../../../protocol/limits.ts";
import { delay } from "../api/clock.ts";
import { ClientError, UnreadableReplyError } from "../api/errors.ts";
import type { Settings } from "../api/settings.ts";
import type { Connection } from "../connection/connection.ts";
import { readHistory, readSync } from "../connection/decode.ts";
import { requestWithRetry, retryInMs } from "../connection/retry.ts";
import type { Conversations } from "./conversations.ts";

/** Brings the conversations to where the server's logs are, and mends holes, over one connection. */
export class Synchronizer {
  readonly #connection: Connection;
  readonly #conversations: Conversations;
  readonly #settings: Settings;
  readonly #repairing = new Set<string>();
  #last: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;
  #catchingUp = false;

  constructor(connection: Connection, conversations: Conversations, settings: Settings) {
    this.#connection = connection;
    this.#conversations = conversations;
    this.#settings = settings;
  }

  /** Resolves after a sync that began after this call. One at a time; a call while one waits to begin joins it. */
  sync(): Promise<void> {
    if (this.#queued !== undefined) return this.#queued;
    const begin = () => {
      this.#queued = undefined;
      return this.#pages();
    };
    this.#queued = this.#last.then(begin, begin);
    this.#last = this.#queued;
    return this.#last;
  }

  /**
   * A sync, and further ones for as long as entries wait for what none has brought: the server pushes what it has
   * appended before its sync tells of it.
   */
  async catchUp(): Promise<void> {
    await this.sync();
    if (this.#catchingUp) return;
    this.#catchingUp = true;
    try {
      for (let fruitless = 0; this.#conversations.someAhead; fruitless++) {
        await this.#pause(fruitless);
        await this.sync();
      }
    } finally {
      this.#catchingUp = false;
    }
  }

  async #pages(): Promise<void> {
    let from: string | undefined;
    let asked = "";
    for (;;) {
      const cursors = this.#conversations.cursors(from);
      const request = { type: "sync" as const, cursors, from };
      // The same question again would have the same answer, for ever.
      if (JSON.stringify(request) === asked) throw new UnreadableReplyError("reply to sync");
      asked = JSON.stringify(request);

      const result = await requestWithRetry(this.#connection, request, this.#settings);
      const { conversations, next } = readSync(result);
      for (const page of conversations) {
        this.#conversations.synced(page, cursors[page.conversation], page.conversation === next);
      }
      if (next === undefined) return;
      from = next;
    }
  }

  /** Waits a moment for the missing entries, then asks for them until there is no hole. */
  async repair(conversation: string): Promise<void> {
    if (this.#repairing.has(conversation)) return;
    this.#repairing.add(conversation);
    try {
      const { clock, timings } = this.#settings;
      await delay(clock, timings.gapWaitMs, this.#connection.signal);
      // A sync on its way usually brings what is missing.
      await this.#last.catch(() => {});
      await this.#closeHole(conversation);
    } finally {
      this.#repairing.delete(conversation);
    }
  }

  async #closeHole(conversation: string): Promise<void> {
    for (let fruitless = 0; ; ) {
      const state = this.#conversations.state(conversation);
      if (state === undefined || !state.hasHole) return;
      const before = state.appliedSeq;
      await this.#fetchAfter(conversation, before);
      if (state.appliedSeq > before) fruitless = 0;
      else await this.#pause(fruitless++);
    }
  }

  #pause(fruitless: number): Promise<void> {
    const delayMs = retryInMs(this.#settings, fruitless);
    return delay(this.#settings.clock, delayMs, this.#connection.signal);
  }

  async #fetchAfter(conversation: string, after: number): Promise<void> {
    const request = { type: "history" as const, conversation, after, limit: LIMITS.historyPage };
    try {
      const result = await this.#connection.request(request);
      const page = readHistory(result);
      this.#conversations.continued(conversation, after, page);
    } catch (error) {
      const passes = error instanceof ClientError && error.temporary && !this.#connection.signal.aborted;
      if (!passes) throw error;
    }
  }
}
