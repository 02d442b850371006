import { encodeFrame } from "../../protocol/frame-text.ts";
import type {
  AckFrame,
  Cursor,
  EntriesFrame,
  HistoryResult,
  JoinedFrame,
  ReceiptFrame,
  SyncedConversation,
} from "../../protocol/index.ts";
import { isOfAnother } from "../../protocol/kinds.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { utf8Bytes } from "../../protocol/utf8-bytes.ts";
import type { ConversationInfo } from "./conversation-info.ts";
import { ConversationState } from "./conversation-state.ts";
import type { Entry } from "./entry.ts";
import { target } from "./fold.ts";
import { getOrAdd } from "./get-or-add.ts";
import {
  advance,
  type InfoChange,
  joined,
  MOST_UNREAD,
  newInfo,
  previewOf,
  synced,
  withReceipt,
} from "./info.ts";
import { Timeline } from "./timeline.ts";

export interface ConversationsListener {
  /** Who is signed in; known before anything of the log comes. */
  user(): string | undefined;
  /** New in the list, or something of its info has changed. */
  changed(info: ConversationInfo): void;
  /** Entries that are due, in the order of the log, each once. */
  applied(conversation: string, entries: readonly Entry[]): void;
  /** What was applied before no longer counts; what is applied next begins after `seq`. */
  reset(conversation: string, epoch: number, seq: number): void;
  /** Entries came that only a sync can place. */
  syncNeeded(): void;
  holeFound(conversation: string): void;
  /** This user has read further than the server knows. */
  readAhead(conversation: string, seq: number): void;
}

/** All conversations of the user, as far as this device knows them. Every frame about the log ends up here. */
export class Conversations {
  readonly #listener: ConversationsListener;
  readonly #states = new Map<string, ConversationState>();
  readonly #infos = new Map<string, ConversationInfo>();
  readonly #timelines = new Map<string, Timeline>();
  readonly #byPeer = new Map<string, string>();
  /** By conversation, up to where its numbers count what is in the log. */
  readonly #countedSeqs = new Map<string, number>();

  constructor(listener: ConversationsListener) {
    this.#listener = listener;
  }

  list(): ConversationInfo[] {
    return [...this.#infos.values()];
  }

  state(conversation: string): ConversationState | undefined {
    return this.#states.get(conversation);
  }

  info(conversation: string): ConversationInfo | undefined {
    return this.#infos.get(conversation);
  }

  timeline(conversation: string): Timeline {
    return getOrAdd(this.#timelines, conversation, () => new Timeline());
  }

  withPeer(user: string): string | undefined {
    return this.#byPeer.get(user);
  }

  /** Conversations of which something is missing. */
  holes(): string[] {
    return [...this.#states].filter(([, state]) => state.hasHole).map(([conversation]) => conversation);
  }

  /** Have entries come that only a sync can place? */
  get someAhead(): boolean {
    return [...this.#states.values()].some((state) => state.isAhead);
  }

  /** Cursors for a page of sync that begins at `from`: as many as fit, lowest id first, as the server pages. */
  cursors(from = ""): Record<string, Cursor> {
    const cursors: Record<string, Cursor> = {};
    const envelope = { type: "sync" as const, id: "i".repeat(LIMITS.requestIdLength), cursors: {}, from };
    let room = LIMITS.frameBytes - utf8Bytes(encodeFrame(envelope));
    let count = 0;
    for (const conversation of [...this.#states.keys()].sort()) {
      const cursor = this.#states.get(conversation)?.cursor;
      if (conversation < from || cursor === undefined) continue;
      room -= JSON.stringify({ [conversation]: cursor }).length;
      if (count === LIMITS.cursorsPerSync || room < 0) break;
      cursors[conversation] = cursor;
      count += 1;
    }
    return cursors;
  }

  pushed({ conversation, epoch, entries }: EntriesFrame): void {
    const state = this.#ensure(conversation);
    this.#apply(conversation, state, state.receive(epoch, entries));
    if (epoch > state.epoch) this.#listener.syncNeeded();
  }

  /**
   * Entries of this device, placed by their ack.
   *
   * @param entries those of the ack that this device still held
   * @param peer the other side, if the frame named it
   */
  acknowledged(ack: AckFrame, entries: readonly Entry[], peer: string | undefined): void {
    const { conversation, epoch } = ack;
    const state = this.#ensure(conversation);
    if (peer !== undefined) this.#describe(conversation, { peer }, "direct");
    else if (entries.some(({ kind }) => kind === "create")) this.#describe(conversation, {}, "group");
    // Seq 1 is this device's own: there is nothing before it to sync.
    const due = !state.started && entries.some((entry) => entry.seq === 1) ? state.start(epoch, 0) : [];
    due.push(...state.receive(epoch, entries));
    for (const { seq } of ack.entries) state.noteLastSeq(epoch, seq);
    this.#apply(conversation, state, due);
    if (epoch > state.epoch) this.#listener.syncNeeded();
  }

  /** For the first time, or again: what was said meanwhile is not this user's to read. */
  joined(frame: JoinedFrame): void {
    const { conversation, kind, first, epoch, lastSeq } = frame;
    const state = this.#ensure(conversation);
    if (!state.started || first > state.appliedSeq) {
      this.#describe(conversation, joined(frame, this.#infos.get(conversation)), kind);
    }
    const due = state.started ? state.skipTo(first) : state.start(epoch, first - 1);
    state.noteLastSeq(epoch, lastSeq);
    this.#apply(conversation, state, due);
  }

  /**
   * One conversation of a sync page.
   *
   * @param sent the cursor the server compared with
   * @param comesAgain there was no room for its entries: the next page begins with it
   */
  synced(page: SyncedConversation, sent: Cursor | undefined, comesAgain: boolean): void {
    const { conversation, kind, epoch, lastSeq, first, ranges, entries } = page;
    const state = this.#ensure(conversation);
    const timeline = this.timeline(conversation);
    const before = this.#infos.get(conversation);
    const change = synced(page, before);
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

    const fresh = page.reset === true || !state.started;
    if (fresh && comesAgain && entries.length === 0 && lastSeq > 0) return;
    if (fresh) {
      const startSeq = (entries[0]?.seq ?? lastSeq + 1) - 1;
      const held = state.started;
      if (held) this.#reset(conversation, epoch, startSeq);
      const due = state.start(epoch, startSeq);
      this.#apply(conversation, state, due);
    } else if (epoch > state.epoch) {
      // What the server said about `sent` holds only if this device is still there.
      if (sent === undefined || sent[0] !== state.epoch || sent[1] !== state.appliedSeq) {
        this.#listener.syncNeeded();
        return;
      }
      this.#apply(conversation, state, state.continueIn(epoch));
    }
    const next = ranges?.find(([, to = Number.POSITIVE_INFINITY]) => to > state.appliedSeq)?.[0];
    if (next !== undefined && epoch === state.epoch) this.#apply(conversation, state, state.skipTo(next));
    this.#apply(conversation, state, state.receive(epoch, entries));
    if (comesAgain) return;
    state.noteLastSeq(epoch, lastSeq);
    this.#apply(conversation, state, []);
  }

  /** The entries after a position, as history tells them. */
  continued(conversation: string, after: number, { epoch, lastSeq, first, entries }: HistoryResult): void {
    const state = this.#ensure(conversation);
    if (epoch !== state.epoch) {
      if (epoch > state.epoch) this.#listener.syncNeeded();
      return;
    }
    if (first > state.appliedSeq + 1) {
      // What is missing is gone or not ours to read: said aloud, never skipped.
      this.#reset(conversation, epoch, first - 1);
      this.#apply(conversation, state, state.start(epoch, first - 1));
    }
    // History leaves out nothing but what cannot be read.
    const [next] = entries;
    if (next !== undefined && after === state.appliedSeq) {
      this.#apply(conversation, state, state.skipTo(next.seq));
    }
    state.noteLastSeq(epoch, lastSeq);
    this.#apply(conversation, state, state.receive(epoch, entries));
  }

  /** How far a member has come, this user included. */
  receipt(frame: ReceiptFrame): void {
    const { conversation, user, readSeq } = frame;
    const info = this.#infos.get(conversation);
    if (info === undefined) return;
    if (user !== this.#listener.user()) {
      this.#describe(conversation, { receipts: withReceipt(info.receipts, frame) });
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
    const isAll = seq >= (this.#states.get(conversation)?.appliedSeq ?? 0);
    this.#describe(conversation, { readSeq: seq, unread: isAll ? 0 : Math.min(MOST_UNREAD, unread) });
    return true;
  }

  /** What this user has set for a conversation. */
  set(conversation: string, change: InfoChange): void {
    if (this.#infos.has(conversation)) this.#describe(conversation, change);
  }

  #apply(conversation: string, state: ConversationState, due: readonly Entry[]): void {
    if (due.length > 0) {
      this.timeline(conversation).append(due);
      this.#listener.applied(conversation, due);
      this.#advance(conversation, due);
    }
    if (state.hasHole) this.#listener.holeFound(conversation);
  }

  #advance(conversation: string, due: readonly Entry[]): void {
    const before = this.#infos.get(conversation);
    if (before === undefined) return;
    const user = this.#listener.user();
    const countedSeq = this.#countedSeqs.get(conversation) ?? 0;
    let info = before;
    for (const entry of due) info = { ...info, ...advance(info, entry, user, countedSeq) };
    const changed = due.filter(({ kind }) => isOfAnother(kind)).map(target);
    const timeline = this.timeline(conversation);
    if (changed.length > 0 && this.#holdsFrom(conversation, info.readSeq + 1)) {
      info = { ...info, unread: Math.min(MOST_UNREAD, timeline.unread(user, info.readSeq)) };
    }
    const shown = timeline.entries.findLast(({ seq }) => seq === info.preview?.seq);
    if (shown !== undefined && changed.includes(shown.seq)) info = { ...info, preview: previewOf(shown) };
    this.#describe(conversation, info);
  }

  #holdsFrom(conversation: string, seq: number): boolean {
    return (this.timeline(conversation).entries[0]?.seq ?? Number.POSITIVE_INFINITY) <= seq;
  }

  #reset(conversation: string, epoch: number, seq: number): void {
    this.timeline(conversation).clear();
    this.#listener.reset(conversation, epoch, seq);
  }

  #ensure(conversation: string): ConversationState {
    return getOrAdd(this.#states, conversation, () => new ConversationState());
  }

  #describe(conversation: string, change: InfoChange, kind = "direct"): void {
    const before = this.#infos.get(conversation);
    const info = { ...(before ?? newInfo(conversation, kind)), ...change };
    if (before !== undefined && JSON.stringify(info) === JSON.stringify(before)) return;
    this.#infos.set(conversation, info);
    if (info.peer !== undefined) this.#byPeer.set(info.peer, conversation);
    this.#listener.changed(info);
  }
}
