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

export interface SessionHost extends Pick<SenderHost, "kept" | "rejected"> {
  /** Entries met in the log outside the order in which conversations apply them. */
  readonly met: (conversation: string, entries: readonly Entry[]) => void;
  /** A hole could not be mended; the entries behind it wait for the next sync. */
  readonly repairFailed: (error: ClientError) => void;
}

/** What happens over one open connection: first sync, then send; and mend whatever turns out to be missing. */
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
      seen: (lane) => this.#stateOf(lane)?.cursor ?? 0,
      lookUp: (lane, frame) => this.#lookUp(lane, frame),
    });
  }

  /** Resolves to the `result` of the reply. */
  request(frame: Request): Promise<unknown> {
    return requestWithRetry(this.connection, frame, this.#settings);
  }

  /** Resolves when in sync; rejects if this connection is of no use. */
  begin(): Promise<void> {
    return this.#synchronizer.sync();
  }

  /** As `begin`, after the beginning; goes on while entries came that no sync has placed yet. */
  resync(): Promise<void> {
    return this.#synchronizer.catchUp();
  }

  repair(conversation: string): void {
    this.#synchronizer.repair(conversation).catch((error: unknown) => {
      if (!(error instanceof ClientError)) throw error;
      if (!(error instanceof ConnectionLostError)) this.#host.repairFailed(error);
    });
  }

  repairAll(): void {
    for (const conversation of this.#conversations.holes()) this.repair(conversation);
  }

  /** A call while one is on its way for the same conversation gets the same entries. */
  loadOlder(conversation: string, limit: number): Promise<OlderEntries> {
    return getOrAdd(this.#loading, conversation, () =>
      this.#loadOlder(conversation, limit).finally(() => this.#loading.delete(conversation)),
    );
  }

  async #loadOlder(conversation: string, limit: number): Promise<OlderEntries> {
    const state = this.#conversations.state(conversation);
    const before = state?.oldestSeq ?? 1;
    if (state === undefined || before <= state.firstSeq) return { entries: [], more: false };
    const { epoch, startSeq } = state;
    const request = { type: "history" as const, conversation, before, limit };
    const result = await requestWithRetry(this.connection, request, this.#settings);
    const { entries, more } = readHistory(result);
    // A reset meanwhile: these are not before what the application holds now.
    if (state.epoch !== epoch || state.startSeq !== startSeq) return { entries: [], more: true };
    const lowest = entries[0]?.seq;
    if (lowest !== undefined) state.loadedFrom(lowest);
    return { entries, more };
  }

  /** After a sync everything above the conversation's start has been met; the rest is read from the log. */
  async #lookUp(lane: SendQueue, frame: ComposedFrame): Promise<void> {
    await this.#synchronizer.sync();
    const state = this.#stateOf(lane);
    if (state === undefined || !("conversation" in lane.target)) return;
    const { conversation } = lane.target;
    // A position of another epoch may be beyond what a restore kept: it says nothing about this log.
    const afterSeq = frame.seen === 0 || frame.seen[0] !== state.epoch ? 0 : frame.seen[1];
    const range = {
      conversation,
      afterSeq,
      beforeSeq: (frame.isAdopted ? state.appliedSeq : state.startSeq) + 1,
    };
    await scanLog(this.connection, range, this.#settings, this.#host.met);
  }

  #stateOf(lane: SendQueue) {
    return "conversation" in lane.target ? this.#conversations.state(lane.target.conversation) : undefined;
  }
}
