import { encodeFrame } from "../../protocol/frame-text.ts";
import type {
  AckFrame,
  Cursor,
  EntriesFrame,
  HistoryResult,
  JoinedFrame,
  SyncedConversation,
} from "../../protocol/index.ts";
import { isOfAnother } from "../../protocol/kinds.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { utf8Bytes } from "../../protocol/utf8-bytes.ts";
import { ConversationState } from "./conversation-state.ts";
import type { Entry, Preview } from "./entry.ts";

export interface ConversationInfo {
  readonly conversation: string;
  /** `direct`, or a kind of a newer server. */
  readonly kind: string;
  /** The other side of a direct conversation. */
  readonly peer: string | undefined;
  /** The first seq this user can read. */
  readonly first: number;
  /** The newest entry, shortened for a list. */
  readonly preview: Preview | undefined;
}

export interface ConversationsListener {
  /** New in the list, or something of its info has changed. */
  changed(info: ConversationInfo): void;
  /** Entries that are due, in the order of the log, each once. */
  applied(conversation: string, entries: readonly Entry[]): void;
  /** What was applied before no longer counts; what is applied next begins after `seq`. */
  reset(conversation: string, epoch: number, seq: number): void;
  /** Entries came that only a sync can place. */
  syncNeeded(): void;
  holeFound(conversation: string): void;
}

/** All conversations of the user, as far as this device knows them. Every frame about the log ends up here. */
export class Conversations {
  readonly #listener: ConversationsListener;
  readonly #states = new Map<string, ConversationState>();
  readonly #infos = new Map<string, ConversationInfo>();
  readonly #byPeer = new Map<string, string>();

  constructor(listener: ConversationsListener) {
    this.#listener = listener;
  }

  list(): ConversationInfo[] {
    return [...this.#infos.values()];
  }

  state(conversation: string): ConversationState | undefined {
    return this.#states.get(conversation);
  }

  first(conversation: string): number {
    return this.#infos.get(conversation)?.first ?? 1;
  }

  withPeer(user: string): string | undefined {
    return this.#byPeer.get(user);
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
    if (peer !== undefined) this.#describe({ conversation, kind: "direct", peer });
    // Seq 1 is this device's own: there is nothing before it to sync.
    const due = !state.started && entries.some((entry) => entry.seq === 1) ? state.start(epoch, 0) : [];
    due.push(...state.receive(epoch, entries));
    for (const { seq } of ack.entries) state.noteLastSeq(epoch, seq);
    this.#apply(conversation, state, due);
    if (epoch > state.epoch) this.#listener.syncNeeded();
  }

  /** For the first time, or again: what was said meanwhile is not this user's to read. */
  joined({ conversation, kind, peer, first, epoch, lastSeq }: JoinedFrame): void {
    const state = this.#ensure(conversation);
    this.#describe({ conversation, kind, ...(peer !== undefined && { peer }) });
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
    const { conversation, kind, peer, epoch, lastSeq, first, ranges, preview, entries } = page;
    const state = this.#ensure(conversation);
    this.#describe({
      conversation,
      kind,
      first,
      ...(peer !== undefined && { peer }),
      ...(preview && { preview }),
    });

    const fresh = page.reset === true || !state.started;
    if (fresh && comesAgain && entries.length === 0 && lastSeq > 0) return;
    if (fresh) {
      const startSeq = (entries[0]?.seq ?? lastSeq + 1) - 1;
      const held = state.started;
      if (held) this.#listener.reset(conversation, epoch, startSeq);
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
      this.#listener.reset(conversation, epoch, first - 1);
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

  #apply(conversation: string, state: ConversationState, due: readonly Entry[]): void {
    if (due.length > 0) {
      this.#listener.applied(conversation, due);
      const info = this.#infos.get(conversation);
      // What is said of another entry does not push that one out of a list.
      const newest = due.findLast(({ kind }) => !isOfAnother(kind));
      if (newest !== undefined && info !== undefined && (info.preview?.seq ?? 0) < newest.seq) {
        this.#describe({ ...info, preview: previewOf(newest) });
      }
    }
    if (state.hasHole) this.#listener.holeFound(conversation);
  }

  #ensure(conversation: string): ConversationState {
    let state = this.#states.get(conversation);
    if (state === undefined) {
      state = new ConversationState();
      this.#states.set(conversation, state);
    }
    return state;
  }

  #describe(news: Partial<ConversationInfo> & Pick<ConversationInfo, "conversation" | "kind">): void {
    const before = this.#infos.get(news.conversation);
    const info: ConversationInfo = { first: 1, peer: undefined, preview: undefined, ...before, ...news };
    const unchanged =
      before !== undefined &&
      before.peer === info.peer &&
      before.first === info.first &&
      before.preview?.seq === info.preview?.seq &&
      // After a restore another entry may have the same seq.
      before.preview?.sentAtMs === info.preview?.sentAtMs;
    if (unchanged) return;
    this.#infos.set(info.conversation, info);
    if (info.peer !== undefined) this.#byPeer.set(info.peer, info.conversation);
    this.#listener.changed(info);
  }
}

function previewOf({ seq, sender, kind, body, sentAtMs }: Entry): Preview {
  const text = typeof body === "object" && body !== null && "text" in body ? body.text : undefined;
  return { seq, sender, kind, sentAtMs, ...(typeof text === "string" && { text }) };
}
