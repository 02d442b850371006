import type {
  AckFrame,
  Cursor,
  EntriesFrame,
  ErasedBody,
  HistoryResult,
  JoinedFrame,
  SyncedConversation,
  SyncFrame,
} from "../../../protocol/index.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { Entry } from "../api/entry.ts";
import type { CoreEvents, KnownConversation } from "../api/events.ts";
import type { Request } from "../connection/connection.ts";
import { getOrAdd } from "../util/get-or-add.ts";
import { ConversationLog } from "./conversation-log.ts";

/** Callbacks about conversations: information about one precedes its entries. */
export interface LogListener {
  synced(page: SyncedConversation): void;
  /** The user has become a member, for the first time or again. */
  joined(frame: JoinedFrame): void;
  /** A conversation came to be with an entry of this device. */
  created(conversation: KnownConversation): void;
  /** Entries are due, in the order of the log, each once. */
  applied(applied: CoreEvents["entries"]): void;
  /** Entries applied before are void; those applied next begin after `seq`. */
  reset(reset: CoreEvents["reset"]): void;
  /** True if the receipts of the others may have changed, and are shown. */
  wantsReceipts?(conversation: string): boolean | undefined;
}

export interface ConversationsListener extends LogListener {
  /** The direct conversation with `peer` is this one. */
  peerLinked(peer: string, conversation: string): void;
  /** Entries arrived that only a sync can place. */
  syncNeeded(): void;
  holeFound(conversation: string): void;
}

type SyncRequest = Request &
  Pick<SyncFrame, "type" | "from"> & { cursors: Record<string, Cursor | undefined> };

/** The logs of all conversations of the user, as far as this device knows them. Every frame about one is applied here. */
export class Conversations {
  readonly #listener: ConversationsListener;
  readonly #logs = new Map<string, ConversationLog>();
  readonly #idByPeer = new Map<string, string>();
  /** The server's time at the beginning of the last sync that was completed. */
  syncedAtMs: number | undefined;
  /** Time by which the server's clock is ahead of the device's, as of the last reply to a sync. */
  serverAheadMs = 0;

  constructor(listener: ConversationsListener) {
    this.#listener = listener;
  }

  log(conversation: string): ConversationLog | undefined {
    return this.#logs.get(conversation);
  }

  /** Returns the id of the direct conversation with a user, if known. */
  conversationWith(user: string): string | undefined {
    return this.#idByPeer.get(user);
  }

  /** Returns the conversations with missing entries. */
  holes(): string[] {
    return [...this.#logs].filter(([, log]) => log.hasHole).map(([conversation]) => conversation);
  }

  /** True if entries wait that only a sync can place. */
  get hasEntriesAhead(): boolean {
    return [...this.#logs.values()].some((log) => log.hasEntriesAhead);
  }

  /**
   * Returns the request for the page of sync that begins at `from`, with the cursors of as many conversations as a page
   * has, in the server's order: lowest id first. A server that does not know `since` and `tail` has not told its time.
   *
   * @param startedAtMs the server's time at the first page of this sync
   */
  syncRequest(from: string | undefined, startedAtMs: number | undefined): SyncRequest {
    const since = this.syncedAtMs;
    const page = [...this.#logs.keys()]
      .filter((conversation) => conversation >= (from ?? "") && this.#logs.get(conversation)?.started)
      .sort()
      .slice(0, LIMITS.longSyncPage);
    return {
      type: "sync",
      cursors: Object.fromEntries(page.map((id) => [id, this.#logs.get(id)?.cursor])),
      from,
      since,
      receipts: since === undefined ? undefined : page.filter((id) => this.#listener.wantsReceipts?.(id)),
      // The first page has entries of its conversations; of many more, a list will do.
      tail: since === undefined && startedAtMs !== undefined ? 0 : undefined,
    };
  }

  pushed({ conversation, epoch, entries }: EntriesFrame): void {
    // Somebody else may come by the name of an erased user.
    for (const { kind, body } of entries) {
      if (kind === "erased") this.#idByPeer.delete((body as ErasedBody).user);
    }
    const log = this.#ensure(conversation);
    this.#apply(conversation, log, log.receive(epoch, entries));
    if (epoch > log.epoch) this.#listener.syncNeeded();
  }

  /**
   * Applies entries of this device that were acknowledged.
   *
   * @param entries the entries of the ack that the outbox still held
   * @param peer the other user, if the frame was addressed to them
   */
  acknowledged(ack: AckFrame, entries: readonly Entry[], peer: string | undefined): void {
    const { conversation, epoch } = ack;
    const log = this.#ensure(conversation);
    this.#linkPeer(conversation, peer);
    const isGroup = entries.some(({ kind }) => kind === "create");
    if (isGroup || peer !== undefined) {
      this.#listener.created({ conversation, kind: isGroup ? "group" : "direct", peer });
    }
    // The first entry of the conversation is this device's own, so there is nothing before it to sync.
    const due = !log.started && entries.some((entry) => entry.seq === 1) ? log.start(epoch, 0) : [];
    due.push(...log.receive(epoch, entries));
    for (const { seq } of ack.entries) log.noteLastSeq(epoch, seq);
    this.#apply(conversation, log, due);
    if (epoch > log.epoch) this.#listener.syncNeeded();
  }

  /** Applies a membership that began, for the first time or again; entries written in between are not readable. */
  joined(frame: JoinedFrame): void {
    const { conversation, peer, first, epoch, lastSeq } = frame;
    const log = this.#ensure(conversation);
    if (!log.started) log.firstSeq = first;
    if (!log.started || first > log.appliedSeq) {
      this.#linkPeer(conversation, peer);
      this.#listener.joined(frame);
    }
    const due = log.started ? log.skipTo(first) : log.start(epoch, first - 1);
    log.noteLastSeq(epoch, lastSeq);
    this.#apply(conversation, log, due);
  }

  /**
   * Applies one conversation of a sync page.
   *
   * @param sent the cursor that the server compared with
   * @param comesAgain true if not all its entries fitted: the next page begins with it
   */
  synced(page: SyncedConversation, sent: Cursor | undefined, comesAgain: boolean): void {
    const { conversation, peer, epoch, lastSeq, first, ranges, entries } = page;
    const log = this.#ensure(conversation);
    log.firstSeq = first;
    this.#linkPeer(conversation, peer);
    this.#listener.synced(page);

    const fresh = page.reset === true || !log.started;
    if (fresh && comesAgain && entries.length === 0 && lastSeq > 0) return;
    if (fresh) {
      const startSeq = (entries[0]?.seq ?? lastSeq + 1) - 1;
      if (log.started) this.#listener.reset({ conversation, epoch, seq: startSeq });
      this.#apply(conversation, log, log.start(epoch, startSeq));
    } else if (epoch > log.epoch) {
      // The server compared with `sent`: its answer is void if the position has changed since.
      if (sent === undefined || sent[0] !== log.epoch || sent[1] !== log.appliedSeq) {
        this.#listener.syncNeeded();
        return;
      }
      this.#apply(conversation, log, log.continueIn(epoch));
    }
    const readableFrom = ranges?.find(([, to = Number.POSITIVE_INFINITY]) => to > log.appliedSeq)?.[0];
    if (readableFrom !== undefined && epoch === log.epoch) {
      this.#apply(conversation, log, log.skipTo(readableFrom));
    }
    this.#apply(conversation, log, log.receive(epoch, entries));
    if (comesAgain) return;
    log.noteLastSeq(epoch, lastSeq);
    this.#apply(conversation, log, []);
  }

  /** Applies the entries after a position, as loaded from history. */
  historyReceived(
    conversation: string,
    after: number,
    { epoch, lastSeq, first, entries }: HistoryResult,
  ): void {
    const log = this.#ensure(conversation);
    if (epoch !== log.epoch) {
      if (epoch > log.epoch) this.#listener.syncNeeded();
      return;
    }
    if (first > log.appliedSeq + 1) {
      // The missing entries have expired or are not readable: reported as a reset, never skipped silently.
      this.#listener.reset({ conversation, epoch, seq: first - 1 });
      this.#apply(conversation, log, log.start(epoch, first - 1));
    }
    // History omits only entries that the user cannot read.
    const [next] = entries;
    if (next !== undefined && after === log.appliedSeq) {
      this.#apply(conversation, log, log.skipTo(next.seq));
    }
    log.noteLastSeq(epoch, lastSeq);
    this.#apply(conversation, log, log.receive(epoch, entries));
  }

  #apply(conversation: string, log: ConversationLog, entries: readonly Entry[]): void {
    if (entries.length > 0) this.#listener.applied({ conversation, entries });
    if (log.hasHole) this.#listener.holeFound(conversation);
  }

  #ensure(conversation: string): ConversationLog {
    return getOrAdd(this.#logs, conversation, () => new ConversationLog());
  }

  #linkPeer(conversation: string, peer: string | undefined): void {
    if (peer === undefined) return;
    const log = this.#ensure(conversation);
    if (log.peer !== undefined && log.peer !== peer) this.#idByPeer.delete(log.peer);
    log.peer = peer;
    this.#idByPeer.set(peer, conversation);
    this.#listener.peerLinked(peer, conversation);
  }
}
