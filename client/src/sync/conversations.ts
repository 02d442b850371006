import { encodeFrame } from "../../../protocol/frame-text.ts";
import type {
  AckFrame,
  Cursor,
  EntriesFrame,
  HistoryResult,
  JoinedFrame,
  SyncedConversation,
} from "../../../protocol/index.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { utf8Bytes } from "../../../protocol/utf8-bytes.ts";
import type { Entry } from "../api/entry.ts";
import type { CoreEvents, KnownConversation } from "../api/events.ts";
import { getOrAdd } from "../util/get-or-add.ts";
import { ConversationLog } from "./conversation-log.ts";

/** What there is to know of the conversations: what the server says of one, before its entries; and those. */
export interface LogListener {
  synced(page: SyncedConversation): void;
  /** A member now, for the first time or again. */
  joined(frame: JoinedFrame): void;
  /** By an entry of this device. */
  begun(conversation: KnownConversation): void;
  /** Entries that are due, in the order of the log, each once. */
  applied(applied: CoreEvents["entries"]): void;
  /** What was applied before no longer counts; what is applied next begins after `seq`. */
  reset(reset: CoreEvents["reset"]): void;
}

export interface ConversationsListener extends LogListener {
  /** The direct conversation with `peer` is this one. */
  learned(peer: string, conversation: string): void;
  /** Entries came that only a sync can place. */
  syncNeeded(): void;
  holeFound(conversation: string): void;
}

/** The logs of all conversations of the user, as far as this device has got them. Every frame about one ends up here. */
export class Conversations {
  readonly #listener: ConversationsListener;
  readonly #states = new Map<string, ConversationLog>();
  readonly #byPeer = new Map<string, string>();

  constructor(listener: ConversationsListener) {
    this.#listener = listener;
  }

  state(conversation: string): ConversationLog | undefined {
    return this.#states.get(conversation);
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
    this.#learn(conversation, peer);
    const isGroup = entries.some(({ kind }) => kind === "create");
    if (isGroup || peer !== undefined) {
      this.#listener.begun({ conversation, kind: isGroup ? "group" : "direct", peer });
    }
    // Seq 1 is this device's own: there is nothing before it to sync.
    const due = !state.started && entries.some((entry) => entry.seq === 1) ? state.start(epoch, 0) : [];
    due.push(...state.receive(epoch, entries));
    for (const { seq } of ack.entries) state.noteLastSeq(epoch, seq);
    this.#apply(conversation, state, due);
    if (epoch > state.epoch) this.#listener.syncNeeded();
  }

  /** For the first time, or again: what was said meanwhile is not this user's to read. */
  joined(frame: JoinedFrame): void {
    const { conversation, peer, first, epoch, lastSeq } = frame;
    const state = this.#ensure(conversation);
    if (!state.started) state.firstSeq = first;
    if (!state.started || first > state.appliedSeq) {
      this.#learn(conversation, peer);
      this.#listener.joined(frame);
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
    const { conversation, peer, epoch, lastSeq, first, ranges, entries } = page;
    const state = this.#ensure(conversation);
    state.firstSeq = first;
    this.#learn(conversation, peer);
    this.#listener.synced(page);

    const fresh = page.reset === true || !state.started;
    if (fresh && comesAgain && entries.length === 0 && lastSeq > 0) return;
    if (fresh) {
      const startSeq = (entries[0]?.seq ?? lastSeq + 1) - 1;
      if (state.started) this.#listener.reset({ conversation, epoch, seq: startSeq });
      this.#apply(conversation, state, state.start(epoch, startSeq));
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
      this.#listener.reset({ conversation, epoch, seq: first - 1 });
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

  #apply(conversation: string, state: ConversationLog, entries: readonly Entry[]): void {
    if (entries.length > 0) this.#listener.applied({ conversation, entries });
    if (state.hasHole) this.#listener.holeFound(conversation);
  }

  #ensure(conversation: string): ConversationLog {
    return getOrAdd(this.#states, conversation, () => new ConversationLog());
  }

  #learn(conversation: string, peer: string | undefined): void {
    if (peer === undefined) return;
    this.#byPeer.set(peer, conversation);
    this.#listener.learned(peer, conversation);
  }
}
