import type {
  Cursor,
  Entry,
  HistoryFrame,
  HistoryResult,
  SendFrame,
  SyncedConversation,
} from "../../../protocol/index.ts";

// So small that a few entries exceed them.
const RESEND_WINDOW = 8;
const SYNC_TAIL = 4;
const SYNC_ROOM = 6;
const HISTORY_PAGE = 5;

/** The result of a frame, which is the same however often the frame is processed. */
export type AppendResult = "stale" | { readonly entries: readonly Entry[]; readonly appended: boolean };

interface Head {
  readonly epoch: number;
  /** Seq up to which the log is the same as in the previous epoch. */
  readonly epochBase: number;
  readonly lastSeq: number;
}

/** The log of one conversation, by the rules of docs/protocol.md. Sync and history may lag behind it. */
export class ModelLog {
  readonly id: string;
  readonly members: readonly string[];
  readonly entries: Entry[] = [];
  #epoch: number;
  #epochBase = 0;
  #visibleSeq = 0;

  constructor(id: string, members: readonly string[], epoch: number) {
    this.id = id;
    this.members = members;
    this.#epoch = epoch;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get isVisible(): boolean {
    return this.#visibleSeq > 0;
  }

  /** Makes the log visible to sync and history up to this seq. */
  reveal(seq: number): void {
    this.#visibleSeq = Math.max(this.#visibleSeq, seq);
  }

  peerOf(user: string): string {
    return this.members.find((member) => member !== user) ?? user;
  }

  /** Enters a new epoch with the first append after a restore. */
  enter(epoch: number): void {
    if (this.#epoch >= epoch) return;
    this.#epoch = epoch;
    this.#epochBase = this.entries.length;
  }

  append(sender: string, { seen = 0, entries }: SendFrame, nowMs: number): AppendResult {
    const head = { epoch: this.#epoch, epochBase: this.#epochBase, lastSeq: this.entries.length };
    const after = seen === 0 ? 0 : positionIn(head, seen);
    if (after === undefined || after > head.lastSeq || head.lastSeq - after > RESEND_WINDOW) return "stale";
    const placed = entries.map(({ id, kind, body }) => {
      const existing = this.entries.find(
        (entry) => entry.id === id && entry.sender === sender && entry.seq > after,
      );
      if (existing !== undefined) return existing;
      const entry = { seq: this.entries.length + 1, id, sender, kind, body, sentAtMs: nowMs };
      this.entries.push(entry);
      return entry;
    });
    return { entries: placed, appended: this.entries.length > head.lastSeq };
  }

  /** Returns the conversation for a page of sync; `cut` is true if not all its entries fit. */
  synced(
    user: string,
    cursor: Cursor | undefined,
    epoch: number,
    tail: number = SYNC_TAIL,
  ): { about: SyncedConversation; cut: boolean } {
    const head = this.#visibleHead(epoch);
    const about = {
      conversation: this.id,
      kind: "direct",
      peer: this.peerOf(user),
      epoch: head.epoch,
      lastSeq: head.lastSeq,
      first: 1,
      readSeq: 0,
      unread: 0,
    };
    const after = cursor && positionIn(head, cursor);
    if (after !== undefined && after <= this.entries.length) {
      const entries = this.entries.slice(after, head.lastSeq);
      return { about: { ...about, entries: entries.slice(0, SYNC_ROOM) }, cut: entries.length > SYNC_ROOM };
    }
    const count = cursor === undefined ? Math.min(tail, SYNC_TAIL) : SYNC_TAIL;
    const entries = this.entries.slice(Math.max(0, head.lastSeq - count), head.lastSeq);
    return { about: { ...about, entries, ...(cursor && { reset: true }) }, cut: false };
  }

  history({ after, before, limit = HISTORY_PAGE }: HistoryFrame, epoch: number): HistoryResult {
    const head = this.#visibleHead(epoch);
    const size = Math.min(limit, HISTORY_PAGE);
    const matching = this.entries
      .slice(0, head.lastSeq)
      .filter(({ seq }) => seq > (after ?? 0) && seq < (before ?? Number.POSITIVE_INFINITY));
    const entries = after === undefined ? matching.slice(-size) : matching.slice(0, size);
    return {
      epoch: head.epoch,
      lastSeq: head.lastSeq,
      first: 1,
      entries,
      more: entries.length < matching.length,
    };
  }

  /** Restores the log from a backup. */
  restore(lostEntries: number): void {
    this.entries.length = Math.max(1, this.entries.length - lostEntries);
    this.#visibleSeq = this.entries.length;
  }

  #visibleHead(epoch: number): Head {
    const lastSeq = this.#visibleSeq;
    if (this.#epoch >= epoch) return { epoch: this.#epoch, epochBase: this.#epochBase, lastSeq };
    return { epoch, epochBase: lastSeq, lastSeq };
  }
}

/** Numbers of conversations and entries that fit into a reply to sync. */
export const SYNC_REPLY = { conversations: 2, entries: SYNC_ROOM };

function positionIn({ epoch, epochBase }: Head, [cursorEpoch, seq]: Cursor): number | undefined {
  if (cursorEpoch === epoch) return seq;
  return cursorEpoch === epoch - 1 && seq <= epochBase ? seq : undefined;
}
