import { type Entry, type ErrorCode, isContent } from "../../../protocol/index.ts";
import type { Conversation, EntryOutcome, FrameOutcome, Head, Member } from "../../ports/conversation-log.ts";
import type { PublishedEntry, PublishedFrame } from "../../ports/published-frame.ts";
import { directConversationId, groupConversationId } from "../log/conversation-id.ts";
import { entryKey } from "../log/entry-cache.ts";
import type { LogPart } from "../log/log-view.ts";
import { previewed, previewOf } from "../log/preview.ts";
import { canRead } from "../log/readable-ranges.ts";
import { isKept } from "../log/retention.ts";
import { withoutText } from "../log/visibility.ts";
import { refilled } from "../shared/rate-limit.ts";
import { conversationRate, DIRECT_PACE, tokensFor } from "./conversation-rate.ts";
import { frameDigest } from "./dedup-window.ts";
import { Draft } from "./draft.ts";
import { finished, type HeadSize, type HeadWrite } from "./head-write.ts";
import { applyEntry, authorize, usersAdded } from "./kind-rules.ts";
import { Membership } from "./membership.ts";
import { initialMembers, newConversation } from "./new-conversation.ts";
import type { Actor } from "./permission.ts";
import { isRewriting, type RewritingEntry, rewrite } from "./rewrite.ts";

/**
 * - `appended`: this plan appends entries of the frame
 * - `decided`: an earlier invocation decided the frame; its answer and pushes may be missing
 * - `repeated`: a client's resend; an earlier frame put its entries into the log, except those that are refused, and may
 *   have died before their pushes
 * - `refused`: nothing of the frame goes into the log
 * - `applied`: a control
 */
type Origin = "appended" | "decided" | "repeated" | "refused" | "applied";

export interface Decision {
  readonly frame: PublishedFrame;
  readonly origin: Origin;
  readonly outcomes: readonly EntryOutcome[];
  /** Wait until the frame may be sent again, if the conversation's bucket does not tell. */
  readonly retryAfterMs?: number | undefined;
}

export interface Plan {
  /** Decisions on the first frames: as many as one write takes, and those that need none. */
  readonly decisions: readonly Decision[];
  readonly write: HeadWrite | undefined;
}

/** Where frames come from. The queue repeats what it has not finished; a direct writer is not asked again. */
export type Source = "queue" | "direct";

export interface PlanInput {
  readonly conversation: string;
  readonly source: Source;
  readonly view: Conversation | undefined;
  readonly frames: readonly PublishedFrame[];
  /** Outcomes of frames before them that no write has recorded yet. */
  readonly unrecorded: readonly FrameOutcome[];
  /** Ids of the frames whose `seen` is too far back to search for repeats. */
  readonly stale: ReadonlySet<string>;
  /** Seq of the entry with this sender and id, among the entries that a frame could repeat. */
  readonly repeatOf: (sender: string, entryId: string) => number | undefined;
  /** Stored segment with an entry that some frame names, if it exists. */
  readonly stored: (seq: number) => LogPart | undefined;
  /** Added users who have blocked the sender of the frame, as `entryKey(user, sender)`. */
  readonly blocks: ReadonlySet<string>;
  /** Added users whom the sender of the frame may not add, in the same form. */
  readonly strangers: ReadonlySet<string>;
  /** Members of a direct conversation who have blocked the other side, whose account is gone: they block who comes in its place. */
  readonly blockers: ReadonlySet<string>;
  /** Waits, in milliseconds, of frames whose sender has no invitations left for them, by frame id. */
  readonly uninvited: ReadonlyMap<string, number>;
  readonly nowMs: number;
  readonly epochFloor: number;
  /** Retention of conversations that begin now; undefined: entries are kept for ever. */
  readonly retentionSeconds: number | undefined;
  readonly size: HeadSize;
}

/** Member and inbox rows of both sides of a direct conversation; of a group one of each. */
const SPEAKER_ROWS = 4;
/** Time for which direct writers leave a conversation to the queue after a batch. */
export const QUEUE_BUSY_MS = 2_000;
/** A conversation that may still take fewer writes than this, as it has had many, is left to the queue. */
const BUSY_PACE = DIRECT_PACE.burst / 2;
/**
 * Time after its last write for which the queue may repeat a frame: 15 receives with a visibility timeout of 90 s are
 * 22½ minutes (wiring/manifest.ts). After that the deduplication window is dropped.
 */
const WINDOW_MS = 30 * 60 * 1000;

/** Decides frames in order, each on the state that the frames before it left, until a write is full. */
export function planWrite(input: PlanInput): Plan {
  return new Planner(input).plan();
}

class Planner {
  readonly #input: PlanInput;
  readonly #draft: Draft;
  readonly #decided: Map<string, readonly EntryOutcome[]>;
  /** Outcomes that the write records. */
  readonly #outcomes: FrameOutcome[];
  /** Seqs of the entries appended by this write, by entry key. */
  readonly #appended = new Map<string, number>();
  #state: Membership | undefined;

  constructor(input: PlanInput) {
    this.#input = input;
    this.#state = input.view && new Membership(input.view);
    this.#decided = new Map(input.view?.head.decided.map(({ frame, outcomes }) => [frame, outcomes]));
    this.#outcomes = [...input.unrecorded];
    this.#draft = new Draft(input.view?.head, input.stored);
  }

  plan(): Plan {
    const decisions: Decision[] = [];
    for (const frame of this.#input.frames) {
      const decision = this.#decide(frame);
      if (decision === undefined) break;
      decisions.push(decision);
    }
    return { decisions, write: this.#write() };
  }

  #write(): HeadWrite | undefined {
    if (this.#state === undefined || this.#draft.isEmpty) return undefined;
    const { source, nowMs, size, view } = this.#input;
    const { head, ...rest } = this.#state.view();
    const appends = head.lastSeq > (view?.head.lastSeq ?? 0);
    const fromQueue = source === "queue";
    // The queue announces its own entries for certain, because it repeats what it has not finished.
    const announcedSeq = fromQueue ? head.lastSeq : view?.head.lastSeq;
    const marked: Head = {
      ...(fromQueue ? { ...head, queuedUntilMs: nowMs + this.#busyMs(head) } : forgetQueue(head, nowMs)),
      ...(appends && announcedSeq !== undefined && { announcedSeq }),
    };
    return finished(this.#draft.drafted({ ...rest, head: marked }, fromQueue ? this.#outcomes : []), size);
  }

  /** A lone frame in the queue is no reason to leave the next ones to it. */
  #busyMs({ bucket }: Head): number {
    const { frames, nowMs } = this.#input;
    return frames.length > 1 || paceLeft(bucket, nowMs) < BUSY_PACE ? QUEUE_BUSY_MS : 0;
  }

  /** Undefined if the frame needs another write. */
  #decide(frame: PublishedFrame): Decision | undefined {
    const digest = frameDigest(frame.frame);
    const before = this.#decided.get(digest);
    if (before !== undefined) {
      this.#outcomes.push({ frame: digest, outcomes: before });
      return { frame, origin: "decided", outcomes: before };
    }
    const decision = frame.control ? this.#control(frame) : this.#entries(frame);
    if (decision === undefined) return undefined;
    this.#decided.set(digest, decision.outcomes);
    this.#outcomes.push({ frame: digest, outcomes: decision.outcomes });
    return decision;
  }

  #entries(frame: PublishedFrame): Decision | undefined {
    const readmitted = this.#readmitted(frame);
    const state = readmitted ?? this.#state ?? this.#beginning(frame);
    const actor = state && actorOf(frame, state);
    if (state === undefined || actor === undefined || !this.#isPlaced(frame)) {
      return this.#refused(frame, "not_found");
    }
    const isVacant = state.head.vacatedAtMs !== undefined;
    if (isVacant && !actor.isSystem) return this.#refused(frame, "conflict");
    if (this.#input.stale.has(frame.frame)) return this.#refused(frame, "stale");

    const earlier = frame.entries.map((entry) => this.#earlier(frame, entry));
    const fresh = frame.entries.filter((_, index) => earlier[index] === undefined);
    const retryAfterMs = fresh.length > 0 ? this.#input.uninvited.get(frame.frame) : undefined;
    if (retryAfterMs !== undefined) return { ...this.#refused(frame, "rate_limited"), retryAfterMs };
    const { bucket, isEmpty } = this.#take(state, tokensFor(frame.entries));
    if (isEmpty) return this.#refused(frame, "rate_limited");
    if (!this.#draft.begin(fresh, this.#speakerRows(fresh, state.member(actor.user)))) return undefined;
    const before = state.head.bucket;
    // Before the entries are appended, because the write takes the head that the last of them leaves.
    state.head = { ...state.head, bucket };
    const outcomes = frame.entries.map((entry, index): EntryOutcome => {
      const seq = earlier[index];
      return seq === undefined ? this.#append(frame, entry, actor, state) : { seq };
    });
    const appended = outcomes.some((outcome, index) => "seq" in outcome && earlier[index] === undefined);
    if (!appended && fresh.length === earlier.length) {
      state.head = { ...state.head, bucket: before };
      return { frame, origin: "refused", outcomes };
    }
    if (!appended) {
      // A repeat is pushed again, so it takes tokens, and the head keeps them.
      this.#draft.touch([]);
      return { frame, origin: "repeated", outcomes };
    }
    this.#draft.addFrame(frame);
    if (readmitted !== undefined) this.#draft.touch(readmitted.view().members.map(({ user }) => user));
    this.#state = state;
    return { frame, origin: "appended", outcomes };
  }

  /** Rows that change if these are the first words of a member. The first write of a log has every row anyhow. */
  #speakerRows(entries: readonly PublishedEntry[], member: Member | undefined): number {
    const isFirst = this.#input.view === undefined || this.#input.view.head.lastSeq === 0;
    const speaks = member?.spoken !== true && entries.some(({ kind }) => isContent(kind));
    return speaks && !isFirst ? SPEAKER_ROWS : 0;
  }

  /** True unless the frame creates another group: the id of a group is made of its creator and the entry's id. */
  #isPlaced({ sender: { user }, entries }: PublishedFrame): boolean {
    return entries.every(
      ({ kind, id }) => kind !== "create" || groupConversationId(user, id) === this.#input.conversation,
    );
  }

  /** Bucket without these tokens. They are spent only if some of the entries are appended. */
  #take(state: Membership, spent: number) {
    const { bucket, memberCount } = state.head;
    const { nowMs } = this.#input;
    const { tokens: left, atMs } = refilled(bucket, conversationRate(memberCount), nowMs);
    const tokens = rounded(left - spent);
    const pace = rounded(Math.max(0, paceLeft(bucket, nowMs) - 1));
    return { bucket: { tokens, pace, atMs }, isEmpty: tokens < 0 };
  }

  #refused(frame: PublishedFrame, refused: ErrorCode): Decision {
    return { frame, origin: "refused", outcomes: outcomesOf(frame, { refused }) };
  }

  /** Seq that the entry already has. Without `seen` a repeat cannot be told from a new entry. */
  #earlier({ sender: { user }, seen }: PublishedFrame, { id, kind }: PublishedEntry): number | undefined {
    // The group's id is made of its creator and this entry's id, so an existing group has this entry.
    if (kind === "create") return this.#state === undefined ? undefined : 1;
    if (seen === undefined) return undefined;
    return this.#appended.get(entryKey(user, id)) ?? this.#input.repeatOf(user, id);
  }

  #append(frame: PublishedFrame, entry: PublishedEntry, actor: Actor, state: Membership): EntryOutcome {
    const refused = this.#refusal(actor, state);
    if (refused !== undefined) return { refused };
    const seq = state.head.lastSeq + 1;
    // The time of acceptance, but never earlier than the entry before it, nor in the future of this clock.
    const accepted = Math.min(frame.receivedAtMs, this.#input.nowMs);
    const sentAtMs = Math.max(state.head.updatedAtMs, accepted);
    const settled = isRewriting(entry)
      ? this.#rewrite(entry, actor, state, seq, sentAtMs)
      : authorize(entry, {
          actor,
          group: state,
          blockedBy: this.#addedAmong(this.#input.blocks, frame),
          strangers: this.#addedAmong(this.#input.strangers, frame),
          nowMs: this.#input.nowMs,
        });
    if ("refused" in settled) return settled;

    const sender = frame.sender.user;
    const stored: Entry = { seq, id: entry.id, sender, kind: entry.kind, body: settled.body, sentAtMs };
    this.#draft.touch(applyEntry(state, stored, this.#input.nowMs));
    const { head } = state;
    state.head = {
      ...head,
      tail: [...head.tail, stored],
      lastSeq: seq,
      updatedAtMs: sentAtMs,
      preview: previewed(head.preview, stored),
    };
    if (isContent(entry.kind)) this.#draft.addSpeaker(sender, state.speak(sender));
    this.#appended.set(entryKey(sender, entry.id), seq);
    this.#draft.append(stored);
    return { seq };
  }

  #refusal({ user, isSystem }: Actor, state: Membership): ErrorCode | undefined {
    if (isSystem) return undefined;
    const member = state.member(user);
    if (member === undefined) return "not_a_member";
    return member.blocked ? "blocked" : undefined;
  }

  /** Returns the users whom a frame adds and who are, with its sender, among these pairs. */
  #addedAmong(pairs: ReadonlySet<string>, { sender, entries }: PublishedFrame): ReadonlySet<string> {
    const users = entries.flatMap(usersAdded);
    return new Set(users.filter((user) => pairs.has(entryKey(user, sender.user))));
  }

  #rewrite(entry: RewritingEntry, actor: Actor, state: Membership, seq: number, atMs: number) {
    const { of } = entry.body;
    const member = state.member(actor.user);
    const readable = actor.isSystem || (member !== undefined && canRead(member.ranges, of));
    const found = readable ? this.#find(state.head, of) : undefined;
    const target = found !== undefined && isKept(state.head, found, this.#input.nowMs) ? found : undefined;
    const rewriting = rewrite(entry, target, { actor, isGroup: state.head.kind === "group", seq, atMs });
    if ("refused" in rewriting) return rewriting;
    const { superseded } = rewriting;
    const edit = superseded === undefined ? undefined : this.#editOf(state.head, superseded, of);
    const replaced = [rewriting.target, ...(edit === undefined ? [] : [withoutText(edit)])];
    const head = this.#draft.replace(state.head, replaced);
    if ("refused" in head) return head;
    const isPreviewed = head.preview?.seq === of;
    state.head = { ...head, ...(isPreviewed && { preview: previewOf(rewriting.target) }) };
    return { body: entry.body };
  }

  /** Returns the edit with the text of an entry. In a restored table the edit can be lost, and its seq be another's. */
  #editOf(head: Head, seq: number, of: number): Entry | undefined {
    const edit = this.#find(head, seq);
    return edit?.kind === "edit" && (edit.body as { of: number }).of === of ? edit : undefined;
  }

  #find({ tailFirst, tail }: Head, seq: number): Entry | undefined {
    return seq >= tailFirst ? tail[seq - tailFirst] : this.#draft.find(seq);
  }

  /** Applies a block or unblock, which is ordered with the frames of the conversation but leaves no entry. */
  #control(frame: PublishedFrame): Decision | undefined {
    const { sender, to, control } = frame;
    const state = this.#readmitted(frame) ?? this.#state ?? this.#beginning(frame);
    const isOwn = to !== undefined && directConversationId(sender.user, to.user) === this.#input.conversation;
    if (state === undefined || !isOwn) return this.#refused(frame, "not_found");
    if (to.user === sender.user) return this.#refused(frame, "conflict");
    if (!this.#draft.begin([])) return undefined;
    state.setBlocked(to.user, control?.type === "block");
    this.#state = state;
    this.#draft.touch([sender.user, to.user]);
    return { frame, origin: "applied", outcomes: [{ seq: state.head.lastSeq }] };
  }

  /**
   * State of a direct conversation after a side that is gone has come again: somebody else by the same name, who can read
   * nothing of before. Undefined if nobody is missing.
   */
  #readmitted({ sender, to, system, receivedAtMs }: PublishedFrame): Membership | undefined {
    const state = this.#state;
    const { conversation, blockers } = this.#input;
    if (state?.head.kind !== "direct" || to === undefined || system) return undefined;
    if (directConversationId(sender.user, to.user) !== conversation) return undefined;
    const missing = [...new Set([sender.user, to.user])].filter((user) => state.row(user) === undefined);
    // A frame that waited in the queue since then is not of or to the one who comes now.
    const isOfBefore = receivedAtMs <= (state.head.vacatedAtMs ?? 0);
    if (missing.length === 0 || isOfBefore) return undefined;
    const readmitted = new Membership(state.view());
    readmitted.readmit(missing, state.head.lastSeq + 1);
    const isBlocked = [sender.user, to.user].some((user) => blockers.has(user));
    if (isBlocked) for (const user of missing) readmitted.setBlocked(user, true);
    return readmitted;
  }

  /** State of the conversation that this frame begins: a direct one if it names the peer, a group if it creates one. */
  #beginning({ sender, to, entries, receivedAtMs }: PublishedFrame): Membership | undefined {
    const { conversation, epochFloor: epoch, retentionSeconds, nowMs } = this.#input;
    const common = { epoch, retentionSeconds, nowMs: Math.min(receivedAtMs, nowMs) };
    const [entry] = entries;
    if (entry?.kind === "create") {
      const { title, history, members } = entry.body;
      const people = initialMembers([sender.user, ...members], sender.user);
      return new Membership(
        newConversation({ kind: "group", title, titleBy: sender.user, history, members: people, ...common }),
      );
    }
    if (to === undefined || directConversationId(sender.user, to.user) !== conversation) return undefined;
    const pair = initialMembers([sender.user, to.user]);
    return new Membership(newConversation({ kind: "direct", members: pair, ...common }));
  }
}

/** Drops the deduplication window of a queue that has been quiet for long. */
function forgetQueue(head: Head, nowMs: number): Head {
  const { queuedUntilMs, ...rest } = head;
  if (queuedUntilMs === undefined || nowMs - queuedUntilMs < WINDOW_MS) return head;
  return { ...rest, decided: [] };
}

/** Returns the writes that the conversation may still take before they come too fast for direct writers. */
export function paceLeft(bucket: Head["bucket"], nowMs: number): number {
  return refilled(bucket && { tokens: bucket.pace, atMs: bucket.atMs }, DIRECT_PACE, nowMs).tokens;
}

function rounded(tokens: number): number {
  return Math.round(tokens * 100) / 100;
}

function outcomesOf({ entries, control }: PublishedFrame, outcome: EntryOutcome): EntryOutcome[] {
  return control ? [outcome] : entries.map(() => outcome);
}

/**
 * Undefined for a stranger, who gets the same answer as for a missing conversation: nobody learns who talks to whom.
 */
function actorOf({ sender: { user }, system }: PublishedFrame, state: Membership): Actor | undefined {
  if (system) return { user, role: "owner", isSystem: true };
  const row = state.row(user);
  return row && { user, role: row.role, isSystem: false };
}
