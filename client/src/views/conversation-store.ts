import type { JoinedFrame, SyncedConversation } from "../../../protocol/index.ts";
import { isRewrite } from "../../../protocol/kinds.ts";
import type { CoreEvents, KnownConversation } from "../api/events.ts";
import { getOrAdd } from "../util/get-or-add.ts";
import { target } from "./apply-change.ts";
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
  /** Who is signed in; known before anything of the log comes. */
  user(): string | undefined;
  /** Up to where entries have come out of the log. */
  appliedSeq(conversation: string): number;
  /** New in the list, or something of its info has changed. */
  changed(info: ConversationInfo): void;
  /** This user has read further than the server knows. */
  readAhead(conversation: string, seq: number): void;
}

/** What lists and threads show of the conversations: what is known of each, and its entries as they are now. */
export class ConversationStore {
  readonly #listener: ConversationStoreListener;
  readonly #infos = new Map<string, ConversationInfo>();
  readonly #timelines = new Map<string, Timeline>();
  /** By conversation, up to where its numbers count what is in the log. */
  readonly #countedSeqs = new Map<string, number>();

  constructor(listener: ConversationStoreListener) {
    this.#listener = listener;
  }

  list(): ConversationInfo[] {
    return [...this.#infos.values()];
  }

  info(conversation: string): ConversationInfo | undefined {
    return this.#infos.get(conversation);
  }

  timeline(conversation: string): Timeline {
    return getOrAdd(this.#timelines, conversation, () => new Timeline());
  }

  synced(page: SyncedConversation): void {
    const { conversation, kind, lastSeq, first } = page;
    const timeline = this.timeline(conversation);
    const change = synced(page, this.#infos.get(conversation));
    // What was pushed since is not counted there yet; and what was read here is perhaps not known there.
    const readHere = change.readSeq !== page.readSeq;
    const beyond = timeline.unread(
      this.#listener.user(),
      Math.max(readHere ? 0 : lastSeq, change.readSeq ?? 0),
    );
    if (readHere) this.#listener.readAhead(conversation, change.readSeq ?? 0);
    const unread = Math.min(MOST_UNREAD, (readHere ? 0 : page.unread) + beyond);
    this.#countedSeqs.set(conversation, lastSeq);
    timeline.forgetBefore(first);
    this.#describe(conversation, { ...change, unread }, kind);
  }

  joined(frame: JoinedFrame): void {
    const { conversation, kind } = frame;
    this.#describe(conversation, joined(frame, this.#infos.get(conversation)), kind);
  }

  begun({ conversation, kind, peer }: KnownConversation): void {
    this.#describe(conversation, peer === undefined ? {} : { peer }, kind);
  }

  /** What entries out of the log change in the list. */
  advance({ conversation, entries }: CoreEvents["entries"]): void {
    const before = this.#infos.get(conversation);
    if (before === undefined) return;
    const user = this.#listener.user();
    const countedSeq = this.#countedSeqs.get(conversation) ?? 0;
    let info = before;
    for (const entry of entries) info = { ...info, ...advance(info, entry, user, countedSeq) };
    const changed = entries.filter(({ kind }) => isRewrite(kind)).map(target);
    const timeline = this.timeline(conversation);
    if (changed.length > 0 && this.#holdsFrom(conversation, info.readSeq + 1)) {
      info = { ...info, unread: Math.min(MOST_UNREAD, timeline.unread(user, info.readSeq)) };
    }
    const shown = timeline.entries.findLast(({ seq }) => seq === info.preview?.seq);
    if (shown !== undefined && changed.includes(shown.seq)) info = { ...info, preview: previewOf(shown) };
    this.#describe(conversation, info);
  }

  /** How far a member has come, this user included. */
  receipt(receipt: CoreEvents["receipt"]): void {
    const { conversation, user, readSeq } = receipt;
    const info = this.#infos.get(conversation);
    if (info === undefined) return;
    if (user !== this.#listener.user()) {
      this.#describe(conversation, { receipts: withReceipt(info.receipts, receipt) });
    } else if (readSeq !== undefined) this.read(conversation, readSeq);
  }

  /** This user has read up to `seq`. False: that is no news. */
  read(conversation: string, seq: number): boolean {
    const info = this.#infos.get(conversation);
    if (info === undefined || seq <= info.readSeq) return false;
    const timeline = this.timeline(conversation);
    const user = this.#listener.user();
    const unread = this.#holdsFrom(conversation, info.readSeq + 1)
      ? timeline.unread(user, seq)
      : Math.max(0, info.unread - timeline.unread(user, info.readSeq, seq));
    const isAll = seq >= this.#listener.appliedSeq(conversation);
    this.#describe(conversation, { readSeq: seq, unread: isAll ? 0 : Math.min(MOST_UNREAD, unread) });
    return true;
  }

  /** What this user has set for a conversation. */
  set(conversation: string, change: InfoChange): void {
    if (this.#infos.has(conversation)) this.#describe(conversation, change);
  }

  #holdsFrom(conversation: string, seq: number): boolean {
    return (this.timeline(conversation).entries[0]?.seq ?? Number.POSITIVE_INFINITY) <= seq;
  }

  #describe(conversation: string, change: InfoChange, kind = "direct"): void {
    const before = this.#infos.get(conversation);
    const info = { ...(before ?? newInfo(conversation, kind)), ...change };
    if (before !== undefined && JSON.stringify(info) === JSON.stringify(before)) return;
    this.#infos.set(conversation, info);
    this.#listener.changed(info);
  }
}
