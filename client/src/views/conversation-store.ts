import type { JoinedFrame, SyncedConversation } from "../../../protocol/index.ts";
import { isRewrite } from "../../../protocol/kinds.ts";
import type { Entry, Preview } from "../api/entry.ts";
import type { CoreEvents, KnownConversation } from "../api/events.ts";
import { getOrAdd } from "../util/get-or-add.ts";
import { targetSeq } from "./apply-change.ts";
import type { ConversationInfo } from "./conversation-info.ts";
import {
  advance,
  type InfoChange,
  joined,
  MOST_UNREAD,
  newInfo,
  previewOf,
  synced,
  withReceipt,
} from "./conversation-summary.ts";
import { Timeline } from "./timeline.ts";

export interface ConversationStoreListener {
  /** Returns the signed-in user, who is known before any entry arrives. */
  user(): string | undefined;
  /** Returns the seq up to which entries have been applied. */
  appliedSeq(conversation: string): number;
  /** A conversation is new, or its info has changed. */
  changed(info: ConversationInfo): void;
  /** A conversation is no longer listed. */
  forgotten(conversation: string): void;
  /** This user has read further than the server knows. */
  readLocally(conversation: string, seq: number): void;
}

/** The info and the timeline of each conversation, for lists and threads. */
export class ConversationStore {
  readonly #listener: ConversationStoreListener;
  readonly #infoById = new Map<string, ConversationInfo>();
  readonly #timelines = new Map<string, Timeline>();
  /** By conversation, the seq up to which the numbers of the last sync count. */
  readonly #countedSeqs = new Map<string, number>();

  constructor(listener: ConversationStoreListener) {
    this.#listener = listener;
  }

  list(): ConversationInfo[] {
    return [...this.#infoById.values()];
  }

  info(conversation: string): ConversationInfo | undefined {
    return this.#infoById.get(conversation);
  }

  timeline(conversation: string): Timeline {
    return getOrAdd(this.#timelines, conversation, () => new Timeline());
  }

  synced(page: SyncedConversation): void {
    const { conversation, kind, lastSeq, first } = page;
    const timeline = this.timeline(conversation);
    const change = synced(page, this.#infoById.get(conversation));
    // The page does not count entries pushed since, and the server may not know yet what was read here.
    const readHere = change.readSeq !== page.readSeq;
    const uncounted = timeline.countUnread(
      this.#listener.user(),
      Math.max(readHere ? 0 : lastSeq, change.readSeq ?? 0),
    );
    if (readHere) this.#listener.readLocally(conversation, change.readSeq ?? 0);
    const unread = Math.min(MOST_UNREAD, (readHere ? 0 : page.unread) + uncounted);
    this.#countedSeqs.set(conversation, lastSeq);
    timeline.forgetBefore(first);
    this.#applyChange(conversation, { ...change, unread }, kind);
  }

  joined(frame: JoinedFrame): void {
    const { conversation, kind } = frame;
    this.#applyChange(conversation, joined(frame, this.#infoById.get(conversation)), kind);
  }

  begun({ conversation, kind, peer }: KnownConversation): void {
    this.#applyChange(conversation, peer === undefined ? {} : { peer }, kind);
  }

  /** Applies entries of the log to the info of their conversation. */
  applyEntries({ conversation, entries }: CoreEvents["entries"]): void {
    const before = this.#infoById.get(conversation);
    if (before === undefined) return;
    const user = this.#listener.user();
    const countedSeq = this.#countedSeqs.get(conversation) ?? 0;
    let info = before;
    for (const entry of entries) info = { ...info, ...advance(info, entry, user, countedSeq) };
    const changed = entries.filter(({ kind }) => isRewrite(kind)).map(targetSeq);
    const timeline = this.timeline(conversation);
    if (changed.length > 0 && this.#holdsFrom(conversation, info.readSeq + 1)) {
      info = { ...info, unread: Math.min(MOST_UNREAD, timeline.countUnread(user, info.readSeq)) };
    }
    const shown = timeline.entries.findLast(({ seq }) => seq === info.preview?.seq);
    if (shown !== undefined && changed.includes(shown.seq)) info = { ...info, preview: previewOf(shown) };
    this.#applyChange(conversation, info);
  }

  /** Applies a receipt of any member, this user included. */
  receiptReceived(receipt: CoreEvents["receipt"]): void {
    const { conversation, user, readSeq } = receipt;
    const info = this.#infoById.get(conversation);
    if (info === undefined) return;
    if (user !== this.#listener.user()) {
      this.#applyChange(conversation, { receipts: withReceipt(info.receipts, receipt) });
    } else if (readSeq !== undefined) this.markRead(conversation, readSeq);
  }

  /** Notes that this user has read up to `seq`. Returns false if that was known. */
  markRead(conversation: string, seq: number): boolean {
    const info = this.#infoById.get(conversation);
    if (info === undefined || seq <= info.readSeq) return false;
    const timeline = this.timeline(conversation);
    const user = this.#listener.user();
    const unread = this.#holdsFrom(conversation, info.readSeq + 1)
      ? timeline.countUnread(user, seq)
      : Math.max(0, info.unread - timeline.countUnread(user, info.readSeq, seq));
    const isAll = seq >= this.#listener.appliedSeq(conversation);
    this.#applyChange(conversation, { readSeq: seq, unread: isAll ? 0 : Math.min(MOST_UNREAD, unread) });
    return true;
  }

  /** True if somebody has not read the user's newest entry yet. */
  hasUnreadByOthers(conversation: string): boolean | undefined {
    const info = this.#infoById.get(conversation);
    const isOwn = (entry?: Preview | Entry) => entry?.sender === this.#listener.user();
    const newest = this.timeline(conversation).entries.findLast(isOwn) ?? info?.preview;
    return isOwn(newest) && info?.receipts.some(({ readSeq }) => readSeq < (newest?.seq ?? 0));
  }

  /** Applies settings of this user to a conversation. */
  update(conversation: string, change: InfoChange): void {
    if (this.#infoById.has(conversation)) this.#applyChange(conversation, change);
  }

  /** Drops a conversation that this user has taken out of the list. */
  forget(conversation: string): void {
    this.#timelines.delete(conversation);
    this.#countedSeqs.delete(conversation);
    if (this.#infoById.delete(conversation)) this.#listener.forgotten(conversation);
  }

  #holdsFrom(conversation: string, seq: number): boolean {
    return (this.timeline(conversation).entries[0]?.seq ?? Number.POSITIVE_INFINITY) <= seq;
  }

  #applyChange(conversation: string, change: InfoChange, kind = "direct"): void {
    const before = this.#infoById.get(conversation);
    const info = { ...(before ?? newInfo(conversation, kind)), ...change };
    if (before !== undefined && JSON.stringify(info) === JSON.stringify(before)) return;
    this.#infoById.set(conversation, info);
    this.#listener.changed(info);
  }
}
