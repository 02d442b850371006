import type { Entry, OlderEntries } from "./api/entry.ts";
import { ClientError, ConnectionLostError } from "./api/errors.ts";
import type { Settings } from "./api/settings.ts";
import type { Connection, Request } from "./connection/connection.ts";
import { readHistory } from "./connection/decode.ts";
import { requestWithRetry } from "./connection/retry.ts";
import type { ComposedFrame } from "./outbox/composed-frame.ts";
import type { Outbox } from "./outbox/outbox.ts";
import type { SendQueue } from "./outbox/send-queue.ts";
import { Sender, type SenderHost } from "./outbox/sender.ts";
import type { Conversations } from "./sync/conversations.ts";
import { scanLog } from "./sync/scan-log.ts";
import { Synchronizer } from "./sync/synchronizer.ts";
import { getOrAdd } from "./util/get-or-add.ts";

export interface SessionHost extends Pick<SenderHost, "saved" | "rejected"> {
  /** Entries were found in the log, outside the order in which conversations apply them. */
  readonly foundInLog: (conversation: string, entries: readonly Entry[]) => void;
  /** Missing entries could not be loaded; those after them wait for the next sync. */
  readonly repairFailed: (error: ClientError) => void;
}

/** The work done over one open connection: sync first, then send; and load entries found to be missing. */
export class Session {
  readonly sender: Sender;
  readonly connection: Connection;
  readonly #conversations: Conversations;
  readonly #settings: Settings;
  readonly #host: SessionHost;
  readonly #synchronizer: Synchronizer;
  readonly #loading = new Map<string, Promise<OlderEntries>>();

  constructor(
    connection: Connection,
    conversations: Conversations,
    outbox: Outbox,
    settings: Settings,
    host: SessionHost,
  ) {
    this.connection = connection;
    this.#conversations = conversations;
    this.#settings = settings;
    this.#host = host;
    this.#synchronizer = new Synchronizer(connection, conversations, settings);
    this.sender = new Sender(connection, outbox, settings, {
      ...host,
      seen: (queue) => this.#logOf(queue)?.cursor ?? 0,
      reconcile: (queue, frame) => this.#reconcile(queue, frame),
    });
  }

  /** Sends a request, with retries. Resolves to the `result` of the reply. */
  request(frame: Request): Promise<unknown> {
    return requestWithRetry(this.connection, frame, this.#settings);
  }

  /** Resolves when in sync. If it rejects, the connection must be replaced. */
  initialSync(): Promise<void> {
    return this.#synchronizer.sync();
  }

  /** Syncs again, until no entries are left that only a sync can place. If it rejects, replace the connection. */
  resync(): Promise<void> {
    return this.#synchronizer.catchUp();
  }

  /** Loads the missing entries of a conversation. */
  repair(conversation: string): void {
    this.#synchronizer.repair(conversation).catch((error: unknown) => {
      if (!(error instanceof ClientError)) throw error;
      if (!(error instanceof ConnectionLostError)) this.#host.repairFailed(error);
    });
  }

  repairAll(): void {
    for (const conversation of this.#conversations.holes()) this.repair(conversation);
  }

  /** Loads older entries. A call while one is under way for the same conversation gets the same result. */
  loadOlder(conversation: string, limit: number): Promise<OlderEntries> {
    return getOrAdd(this.#loading, conversation, () =>
      this.#loadOlder(conversation, limit).finally(() => this.#loading.delete(conversation)),
    );
  }

  async #loadOlder(conversation: string, limit: number): Promise<OlderEntries> {
    const log = this.#conversations.log(conversation);
    const before = log?.oldestSeq ?? 1;
    if (log === undefined || before <= log.firstSeq) return { entries: [], more: false };
    const { epoch, startSeq } = log;
    const request = { type: "history" as const, conversation, before, limit };
    const result = await requestWithRetry(this.connection, request, this.#settings);
    const { entries, more } = readHistory(result);
    // After a reset meanwhile, these no longer precede the entries the application holds.
    if (log.epoch !== epoch || log.startSeq !== startSeq) return { entries: [], more: true };
    const lowest = entries[0]?.seq;
    if (lowest !== undefined) log.loadedFrom(lowest);
    if (!more) log.firstSeq = log.oldestSeq;
    return { entries, more };
  }

  /** Finds entries of a frame in the log. A sync covers all after the start of the local log; the rest is scanned. */
  async #reconcile(queue: SendQueue, frame: ComposedFrame): Promise<void> {
    await this.#synchronizer.sync();
    const log = this.#logOf(queue);
    if (log === undefined || !("conversation" in queue.target)) return;
    const { conversation } = queue.target;
    // A position of another epoch is meaningless here: a restore may have cut the log before it.
    const afterSeq = frame.seen === 0 || frame.seen[0] !== log.epoch ? 0 : frame.seen[1];
    const range = {
      conversation,
      afterSeq,
      beforeSeq: (frame.isAdopted ? log.appliedSeq : log.startSeq) + 1,
    };
    await scanLog(this.connection, range, this.#settings, this.#host.foundInLog);
  }

  #logOf(queue: SendQueue) {
    return "conversation" in queue.target ? this.#conversations.log(queue.target.conversation) : undefined;
  }
}
