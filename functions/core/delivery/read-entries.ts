import type { Entry } from "../../../protocol/index.ts";
import type { ConversationLog, Head } from "../../ports/conversation-log.ts";
import type { Inbox } from "../../ports/inbox.ts";
import { EntryCache } from "../log/entry-cache.ts";

export interface ReadDeps {
  readonly log: Pick<ConversationLog, "readForward" | "readBackward">;
  readonly inbox: Pick<Inbox, "heads">;
}

interface Opened {
  readonly head: Head;
  readonly cache: EntryCache;
  /** Resolves when the reads so far have ended. */
  idle: Promise<unknown>;
}

/**
 * Reads entries for the deliveries of one batch, when they are pushed: they may have been redacted since they were
 * committed. What one delivery has read of a conversation, another takes over.
 */
export class EntryReader {
  readonly #deps: ReadDeps;
  readonly #signal: AbortSignal;
  readonly #opened = new Map<string, Promise<Opened | undefined>>();

  constructor(deps: ReadDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
  }

  /** Returns the head and, of these entries, those that are still there. Undefined if the conversation is gone. */
  async read(
    conversation: string,
    seqs: readonly number[],
  ): Promise<{ readonly head: Head; readonly entries: Entry[] } | undefined> {
    const opening = this.#opened.get(conversation) ?? this.#open(conversation);
    this.#opened.set(conversation, opening);
    const opened = await opening;
    if (opened === undefined) return undefined;
    const { head, cache, idle } = opened;
    // One after the other, or each would read what another is just reading.
    const reading = idle.then(() => cache.readSeqs(seqs, this.#signal));
    opened.idle = reading.catch(() => undefined);
    await reading;
    return { head, entries: cache.found(seqs) };
  }

  /** Reads the head again, by which entries are read from now on. Those that were read already stay as they are. */
  async reopen(conversation: string): Promise<Head | undefined> {
    const before = await this.#opened.get(conversation);
    const opened = await this.#open(conversation);
    if (opened === undefined) return undefined;
    if (before !== undefined) {
      await before.idle;
      opened.cache.inherit(before.cache);
    }
    this.#opened.set(conversation, Promise.resolve(opened));
    return opened.head;
  }

  async #open(conversation: string): Promise<Opened | undefined> {
    const { log, inbox } = this.#deps;
    const head = (await inbox.heads([conversation], this.#signal)).get(conversation);
    return head && { head, cache: new EntryCache(log, conversation, head), idle: Promise.resolve() };
  }
}
