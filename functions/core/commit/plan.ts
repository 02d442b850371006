import type { Entry, ErrorCode } from "../../../protocol/index.ts";
import type { Conversation, EntryOutcome, Segment } from "../../ports/conversation-log.ts";
import type { PublishedEntry, PublishedFrame } from "../../ports/published-frame.ts";
import { directConversationId, groupConversationId } from "../log/conversation-id.ts";
import { entryKey } from "../log/entry-cache.ts";
import { previewed, previewOf } from "../log/preview.ts";
import { canRead } from "../log/readable-ranges.ts";
import { visibleSince } from "../log/retention.ts";
import { withoutText } from "../log/visibility.ts";
import { refilled } from "../shared/rate-limit.ts";
import { conversationRate } from "./conversation-rate.ts";
import { initialMembers, newConversation } from "./conversation-state.ts";
import { frameDigest } from "./dedup-window.ts";
import { applyEntry, authorize, usersAdded } from "./kind-rules.ts";
import { Membership } from "./membership.ts";
import type { Actor, Refusal } from "./permission.ts";
import { isRewriting, type RewritingEntry, rewrite } from "./rewrite.ts";
import { frameSize, type PlannedWrite, Writes } from "./writes.ts";

/**
 * - `appended`: this plan appends entries of the frame
 * - `decided`: an earlier invocation decided the frame; its answer and pushes may be missing
 * - `repeated`: a client's resend; an earlier frame put its entries into the log, and has their pushes
 * - `refused`: nothing of the frame goes into the log
 * - `applied`: a control
 */
type Origin = "appended" | "decided" | "repeated" | "refused" | "applied";

export interface Decision {
  readonly frame: PublishedFrame;
  readonly origin: Origin;
  readonly outcomes: readonly EntryOutcome[];
}

export interface Plan {
  readonly decisions: readonly Decision[];
  /** Writes, in the order to make them. */
  readonly writes: readonly PlannedWrite[];
}

export interface PlanInput {
  readonly conversation: string;
  readonly view: Conversation | undefined;
  readonly frames: readonly PublishedFrame[];
  /** Ids of the frames whose `seen` is too far back to search for repeats. */
  readonly stale: ReadonlySet<string>;
  /** Seq of the entry with this sender and id, among the entries that a frame could repeat. */
  readonly repeatOf: (sender: string, entryId: string) => number | undefined;
  /** Stored segment with an entry that some frame names, if it exists. */
  readonly stored: (seq: number) => Segment | undefined;
  /** Added users who have blocked the sender of the frame, as `entryKey(user, sender)`. */
  readonly blocks: ReadonlySet<string>;
  readonly nowMs: number;
  readonly epochFloor: number;
  /** Retention of conversations that begin now; undefined: entries are kept for ever. */
  readonly retentionSeconds: number | undefined;
}

/** Decides every frame of a batch in order, each on the state that the frames before it left. */
export function planBatch(input: PlanInput): Plan {
  const draft = new Draft(input);
  const decisions = input.frames.map((frame) => draft.decide(frame));
  return { decisions, writes: draft.writes() };
}

class Draft {
  readonly #input: PlanInput;
  readonly #writes: Writes;
  readonly #decided: Map<string, readonly EntryOutcome[]>;
  /** Seqs of the entries appended by this batch, by entry key. */
  readonly #appended = new Map<string, number>();
  #state: Membership | undefined;

  constructor(input: PlanInput) {
    this.#input = input;
    this.#state = input.view && new Membership(input.view);
    this.#decided = new Map(input.view?.head.decided.map(({ frame, outcomes }) => [frame, outcomes]));
    this.#writes = new Writes(input.stored, ({ head: { retentionSeconds } }, entries) => {
      const sentAtMs = entries.at(-1)?.sentAtMs ?? input.nowMs;
      return retentionSeconds === undefined ? undefined : sentAtMs + retentionSeconds * 1000;
    });
  }

  decide(frame: PublishedFrame): Decision {
    const digest = frameDigest(frame.frame);
    const before = this.#decided.get(digest);
    if (before !== undefined) {
      this.#writes.recordOutcomes(digest, before, false);
      return { frame, origin: "decided", outcomes: before };
    }
    const decision = frame.control ? this.#control(frame, digest) : this.#entries(frame);
    this.#decided.set(digest, decision.outcomes);
    if (decision.origin !== "applied") {
      this.#writes.recordOutcomes(digest, decision.outcomes, decision.origin === "appended");
    }
    return decision;
  }

  writes(): readonly PlannedWrite[] {
    return this.#writes.planned(this.#input.view);
  }

  #entries(frame: PublishedFrame): Decision {
    const state = this.#state ?? this.#beginning(frame);
    const actor = state && actorOf(frame, state);
    if (state === undefined || actor === undefined || !this.#isPlaced(frame)) {
      return this.#refused(frame, "not_found");
    }
    if (this.#input.stale.has(frame.frame)) return this.#refused(frame, "stale");

    const earlier = frame.entries.map((entry) => this.#earlier(frame, entry));
    const fresh = frame.entries.filter((_, index) => earlier[index] === undefined);
    if (fresh.length === 0) {
      return { frame, origin: "repeated", outcomes: earlier.map((seq = 0) => ({ seq })) };
    }
    const { bucket, isEmpty } = this.#take(state, fresh.length);
    const before = state.head.bucket;
    if (!isEmpty) {
      this.#writes.begin(frameSize(fresh), state.view());
      // Before the entries are appended, because the write takes the head that the last of them leaves.
      state.head = { ...state.head, bucket };
    }
    const outcomes = frame.entries.map((entry, index): EntryOutcome => {
      const seq = earlier[index];
      if (seq !== undefined) return { seq };
      if (isEmpty) return { refused: "rate_limited" };
      return this.#append(frame, entry, actor, state);
    });
    const appended = outcomes.some((outcome, index) => "seq" in outcome && earlier[index] === undefined);
    if (!appended) {
      state.head = { ...state.head, bucket: before };
      return { frame, origin: "refused", outcomes };
    }
    this.#state = state;
    return { frame, origin: "appended", outcomes };
  }

  /** True unless the frame creates another group: the id of a group is made of its creator and the entry's id. */
  #isPlaced({ sender: { user }, entries }: PublishedFrame): boolean {
    return entries.every(
      ({ kind, id }) => kind !== "create" || groupConversationId(user, id) === this.#input.conversation,
    );
  }

  /** Bucket after `count` entries. The tokens are spent only if some of the entries are appended. */
  #take(state: Membership, count: number) {
    const bucket = refilled(state.head.bucket, conversationRate(state.head.memberCount), this.#input.nowMs);
    const tokens = Math.round((bucket.tokens - count) * 100) / 100;
    return { bucket: { ...bucket, tokens }, isEmpty: tokens < 0 };
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
      : authorize(entry, actor, state, this.#blockedBy(frame));
    if ("refused" in settled) return settled;

    const sender = frame.sender.user;
    const stored: Entry = { seq, id: entry.id, sender, kind: entry.kind, body: settled.body, sentAtMs };
    this.#writes.touch(applyEntry(state, stored, this.#input.nowMs));
    state.head = {
      ...state.head,
      lastSeq: seq,
      updatedAtMs: sentAtMs,
      preview: previewed(state.head.preview, stored),
    };
    this.#appended.set(entryKey(sender, entry.id), seq);
    this.#writes.append(stored, state.view());
    return { seq };
  }

  #refusal({ user, isSystem }: Actor, state: Membership): ErrorCode | undefined {
    if (isSystem) return undefined;
    const member = state.member(user);
    if (member === undefined) return "not_a_member";
    return member.blocked ? "blocked" : undefined;
  }

  #blockedBy({ sender, entries }: PublishedFrame): ReadonlySet<string> {
    const users = entries.flatMap(usersAdded);
    return new Set(users.filter((user) => this.#input.blocks.has(entryKey(user, sender.user))));
  }

  #rewrite(entry: RewritingEntry, actor: Actor, state: Membership, seq: number, atMs: number) {
    const { of } = entry.body;
    const member = state.member(actor.user);
    const readable = actor.isSystem || (member !== undefined && canRead(member.ranges, of));
    const found = readable ? this.#writes.find(of) : undefined;
    const sinceMs = visibleSince(state.head, undefined, this.#input.nowMs);
    const target = found !== undefined && found.sentAtMs >= sinceMs ? found : undefined;
    const rewriting = rewrite(entry, target, { actor, isGroup: state.head.kind === "group", seq, atMs });
    if ("refused" in rewriting) return rewriting;
    const edit = rewriting.superseded === undefined ? undefined : this.#writes.find(rewriting.superseded);
    const replaced = [rewriting.target, ...(edit === undefined ? [] : [withoutText(edit)])];
    if (!this.#writes.replace(replaced)) return { refused: "too_large" } satisfies Refusal;
    if (state.head.preview?.seq === of) {
      state.head = { ...state.head, preview: previewOf(rewriting.target) };
    }
    return { body: entry.body };
  }

  /** Applies a block or unblock, which is ordered with the frames of the conversation but leaves no entry. */
  #control(frame: PublishedFrame, digest: string): Decision {
    const { sender, to, control } = frame;
    const state = this.#state ?? this.#beginning(frame);
    const isOwn = to !== undefined && directConversationId(sender.user, to.user) === this.#input.conversation;
    if (state === undefined || !isOwn) return this.#refused(frame, "not_found");
    if (to.user === sender.user) return this.#refused(frame, "conflict");
    state.setBlocked(to.user, control?.type === "block");
    this.#state = state;
    const outcomes = [{ seq: state.head.lastSeq }];
    this.#writes.control(state.view(), [sender.user, to.user], { frame: digest, outcomes });
    return { frame, origin: "applied", outcomes };
  }

  /** State of the conversation that this frame begins: a direct one if it names the peer, a group if it creates one. */
  #beginning({ sender, to, entries, receivedAtMs }: PublishedFrame): Membership | undefined {
    const { conversation, epochFloor: epoch, retentionSeconds, nowMs } = this.#input;
    const common = { epoch, retentionSeconds, nowMs: Math.min(receivedAtMs, nowMs) };
    const [entry] = entries;
    if (entry?.kind === "create") {
      const { title, history, members } = entry.body;
      const people = initialMembers([sender.user, ...members], sender.user);
      return new Membership(newConversation({ kind: "group", title, history, members: people, ...common }));
    }
    if (to === undefined || directConversationId(sender.user, to.user) !== conversation) return undefined;
    const pair = initialMembers([sender.user, to.user]);
    return new Membership(newConversation({ kind: "direct", members: pair, ...common }));
  }
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
