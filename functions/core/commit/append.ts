import type {
  Change,
  Conversation,
  ConversationLog,
  FrameOutcome,
  Head,
  SeqRange,
} from "../../ports/conversation-log.ts";
import type { Inbox, InboxRow } from "../../ports/inbox.ts";
import type { Invitations } from "../../ports/invitations.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import { invitationOf } from "../invitations/strangers.ts";
import { hasConsent } from "../log/consent.ts";
import { directConversationId } from "../log/conversation-id.ts";
import { EntryCache, entryKey } from "../log/entry-cache.ts";
import { raiseEpoch } from "../log/epoch.ts";
import { formerMember } from "../log/former-member.ts";
import { newestEpoch } from "../log/head-version.ts";
import { isOpen } from "../log/readable-ranges.ts";
import { isExpired } from "../log/retention.ts";
import { Buckets } from "../shared/rate-limit.ts";
import { type CommitMetricsDeps, countCommit } from "./commit-metrics.ts";
import { frameDigest } from "./dedup-window.ts";
import { flushedSegment, type HeadWrite, trimmed } from "./head-write.ts";
import { usersAdded, usersNamed } from "./kind-rules.ts";
import { type Decision, type Plan, planWrite, type Source } from "./plan.ts";
import type { RecentConversations } from "./recent-conversations.ts";
import { isRewriting } from "./rewrite.ts";

export interface AppendDeps extends CommitMetricsDeps {
  readonly log: ConversationLog;
  readonly inbox: Pick<Inbox, "rows">;
  readonly epochFloor: number;
  /** Retention of conversations that begin now; undefined: entries are kept for ever. */
  readonly retentionSeconds: number | undefined;
  /** True if users may add only people with whom both have spoken. @default false */
  readonly addsKnownOnly?: boolean;
  /** Bytes up to which a head grows before entries are moved into a segment. */
  readonly headBytes: number;
  /** Limits the reads of what is far back in a log, per user: see {@link farReadRate}. Undefined: no limit. */
  readonly farReads?: Buckets | undefined;
  /** Conversations that this environment has just written; undefined: every conversation is read. */
  readonly recent?: RecentConversations | undefined;
  /** Undefined for a writer that begins no conversation and adds nobody. */
  readonly invitations?: Invitations | undefined;
}

/**
 * Reads for frames whose `seen` is far back. Each may take a megabyte of the conversation's own partition, 256 read
 * units of 3 000 a second. A device that was offline needs one and then has synced; more frames are `stale`.
 */
export function farReadRate(): Buckets {
  return new Buckets({ perSecond: 0.5, burst: 5 });
}

export interface AppendOptions {
  readonly source: Source;
  /** Races that may be lost before the frames are left to a later try. */
  readonly maxAttempts: number;
  /** Returns true for a conversation that is left to another writer. */
  readonly declines?: (view: Conversation | undefined) => boolean;
}

export interface CommitResult {
  readonly decisions: readonly Decision[];
  /** Current state of the conversation, if it exists. */
  readonly view: Conversation | undefined;
  /** Entries of the log as it is in `view`; undefined if there is no conversation. */
  readonly entries: EntryCache | undefined;
  /** Members who have spoken for the first time, in this run. */
  readonly speakers: readonly string[];
  /** First entry whose events are published now: entries before it are the business of those who wrote them. */
  readonly announceFromSeq: number;
}

/**
 * Decides frames and makes them durable: when this returns a result, every accepted entry is in the log. Every write is
 * conditional on the head that it was planned on; after a lost race, what is left is decided again on the newer head.
 * Returns undefined, and has decided nothing, if too many races were lost or the conversation was declined.
 */
export async function appendFrames(
  deps: AppendDeps,
  conversation: string,
  frames: readonly PublishedFrame[],
  options: AppendOptions,
  signal: AbortSignal,
): Promise<CommitResult | undefined> {
  const run = new AppendRun(deps, conversation, frames, options, signal);
  return run.toEnd();
}

class AppendRun {
  readonly #deps: AppendDeps;
  readonly #conversation: string;
  readonly #frames: readonly PublishedFrame[];
  readonly #options: AppendOptions;
  readonly #signal: AbortSignal;
  readonly #users: readonly string[];
  readonly #decisions: Decision[] = [];
  /** Outcomes that no write has recorded yet. */
  #unrecorded: FrameOutcome[] = [];
  #view: Conversation | undefined;
  #entries: EntryCache | undefined;
  /** True if the view was not read by this run: it may lead to an append, and to no other answer. */
  #isCached = false;
  #announceFromSeq: number | undefined;
  readonly #speakers: string[] = [];
  /** Rows of the direct conversations between users who are added and those who add them, by `entryKey(user, adder)`. */
  #directRows: Promise<ReadonlyMap<string, InboxRow>> | undefined;
  /** Ranges in the inbox rows of users who were no members when the view was read; undefined: no row. */
  #earlierRanges = new Map<string, readonly SeqRange[] | undefined>();
  /** Members of a direct conversation, of which a side is missing, who have blocked that side. */
  #blockers: ReadonlySet<string> = new Set();

  constructor(
    deps: AppendDeps,
    conversation: string,
    frames: readonly PublishedFrame[],
    options: AppendOptions,
    signal: AbortSignal,
  ) {
    this.#deps = deps;
    this.#conversation = conversation;
    this.#frames = frames;
    this.#options = options;
    this.#signal = signal;
    this.#users = [...new Set(frames.flatMap(usersOf))];
  }

  async toEnd(): Promise<CommitResult | undefined> {
    await this.#begin();
    let lostRaces = 0;
    while (this.#decisions.length < this.#frames.length) {
      if (this.#options.declines?.(this.#view)) return this.#giveUp();
      if (await this.#decideSome()) continue;
      lostRaces += 1;
      if (lostRaces >= this.#options.maxAttempts) return this.#giveUp();
    }
    return {
      decisions: this.#decisions,
      view: this.#view,
      entries: this.#entries,
      speakers: this.#speakers,
      announceFromSeq: this.#announceFromSeq ?? Number.POSITIVE_INFINITY,
    };
  }

  /** Nothing is left undone silently: what this run has written is found again by the next one. */
  #giveUp(): undefined {
    this.#deps.recent?.forget(this.#conversation);
    return undefined;
  }

  async #begin(): Promise<void> {
    const recent = this.#deps.recent?.get(this.#conversation, this.#deps.now());
    if (recent === undefined) await this.#read();
    else this.#see(recent, true);
  }

  async #read(): Promise<void> {
    const stored = await this.#deps.log.read(this.#conversation, this.#users, this.#signal);
    this.#see(stored && (await this.#withFormer(stored)), false);
  }

  /**
   * Adds the former members among the users of these frames, by their inbox rows. A row that is newer than the head may
   * have a range that the head does not know of: then no write on this head succeeds.
   */
  async #withFormer(stored: Conversation): Promise<Conversation> {
    const members = new Set(stored.members.map(({ user }) => user));
    const others = this.#users.filter((user) => !members.has(user));
    const isVacant = stored.head.kind === "direct" && others.length > 0;
    const left = isVacant ? stored.members.map(({ user }) => user) : [];
    const keys = [...others, ...left].map((user) => ({ user, conversation: this.#conversation }));
    const rows = keys.length > 0 ? await this.#deps.inbox.rows(keys, this.#signal) : [];
    this.#blockers = new Set(left.filter((_, index) => rows[others.length + index]?.blocking));
    this.#earlierRanges = new Map(others.map((user, index) => [user, rows[index]?.ranges]));
    const former = others.flatMap((user, index) => formerMember(user, rows[index]) ?? []);
    return { ...stored, members: [...stored.members, ...former] };
  }

  #see(stored: Conversation | undefined, isCached: boolean): void {
    const { log, epochFloor } = this.#deps;
    this.#view = stored && { ...stored, head: raiseEpoch(stored.head, epochFloor) };
    this.#entries = this.#view && new EntryCache(log, this.#conversation, this.#view.head);
    this.#isCached = isCached;
  }

  /** Decides as many frames as one write takes. Returns false if another writer was faster. */
  async #decideSome(): Promise<boolean> {
    const plan = await this.#plan();
    if (this.#isCached && !isAppend(plan)) {
      await this.#read();
      return true;
    }
    if (plan.write === undefined) {
      this.#decisions.push(...plan.decisions);
      this.#unrecorded.push(...plan.decisions.map(outcomeOf));
      return true;
    }
    const lost = await this.#write(plan.write);
    if (lost !== undefined) {
      await this.#seeNewer(lost.head);
      return false;
    }
    this.#decisions.push(...plan.decisions);
    this.#unrecorded = [];
    return true;
  }

  async #plan(): Promise<Plan> {
    const { now, epochFloor, retentionSeconds, log, headBytes, farReads } = this.#deps;
    const frames = this.#frames.slice(this.#decisions.length);
    const known = this.#entries;
    const open = this.#undecided(frames);
    const nowMs = now();
    const mayReadFar = (user: string) => farReads?.take(user, 1, nowMs) === undefined;
    const stale = (await known?.readRepeats(open, mayReadFar, this.#signal)) ?? new Set<string>();
    await this.#readMeant(open);
    const directRows = await this.#readDirectRows();
    return planWrite({
      conversation: this.#conversation,
      source: this.#options.source,
      view: this.#view,
      frames,
      unrecorded: this.#unrecorded,
      stale,
      repeatOf: (sender, entryId) => known?.seqOf(sender, entryId),
      stored: (seq) => {
        const part = known?.partOf(seq);
        return part && isExpired(part, nowMs) ? undefined : part;
      },
      blocks: new Set([...directRows].filter(([, { blocked }]) => blocked).map(([key]) => key)),
      strangers: this.#deps.addsKnownOnly ? this.#strangers(directRows) : new Set(),
      blockers: this.#blockers,
      uninvited: await this.#takeInvitations(this.#view === undefined ? frames : open, directRows),
      nowMs,
      epochFloor,
      retentionSeconds,
      size: { headBytes, storedBytes: (head) => log.storedBytes(this.#conversation, head) },
    });
  }

  /** Reads the entries that edits, deletes and reactions name, and the edits that hold their current text. */
  async #readMeant(frames: readonly PublishedFrame[]): Promise<void> {
    const entries = this.#entries;
    const lastSeq = this.#view?.head.lastSeq ?? 0;
    if (entries === undefined) return;
    const meant = frames
      .flatMap((frame) => frame.entries.filter(isRewriting).map(({ body }) => body.of))
      .filter((seq) => seq <= lastSeq);
    if (meant.length === 0) return;
    await entries.readParts(meant, this.#signal);
    const edits = meant.flatMap((seq) => entries.get(seq)?.editSeq ?? []);
    await entries.readParts(edits, this.#signal);
  }

  /** Tells who of the added users has blocked the user that adds them, or knows them. A change at the same moment may be missed. */
  #readDirectRows(): Promise<ReadonlyMap<string, InboxRow>> {
    this.#directRows ??= this.#directRowsOf(this.#additions());
    return this.#directRows;
  }

  #strangers(directRows: ReadonlyMap<string, InboxRow>): ReadonlySet<string> {
    const keys = this.#additions().map(({ user, sender }) => entryKey(user, sender));
    return new Set(keys.filter((key) => !hasConsent(directRows.get(key))));
  }

  /** Users who are added, with those who add them. A back end may add anybody. */
  #additions(): { user: string; sender: string }[] {
    return this.#frames.flatMap(({ sender, system, entries }) =>
      system ? [] : entries.flatMap(usersAdded).map((user) => ({ user, sender: sender.user })),
    );
  }

  async #directRowsOf(
    pairs: readonly { user: string; sender: string }[],
  ): Promise<ReadonlyMap<string, InboxRow>> {
    if (pairs.length === 0) return new Map();
    const keys = pairs.map(({ user, sender }) => ({
      user: sender,
      conversation: directConversationId(sender, user),
    }));
    const rows = await this.#deps.inbox.rows(keys, this.#signal);
    return new Map(
      pairs.flatMap(({ user, sender }, index) => {
        const row = rows[index];
        return row === undefined ? [] : [[entryKey(user, sender), row] as const];
      }),
    );
  }

  /**
   * Takes the invitations that frames need, before they are decided: what is decided again, redelivered or sent again
   * has the same key, and takes nothing. Returns the waits of the frames for which there are not enough.
   */
  async #takeInvitations(
    frames: readonly PublishedFrame[],
    directRows: ReadonlyMap<string, InboxRow>,
  ): Promise<ReadonlyMap<string, number>> {
    const waits = new Map<string, number>();
    const { invitations, now } = this.#deps;
    if (invitations === undefined) return waits;
    for (const frame of frames) {
      const { user } = frame.sender;
      const isRepeat = frame.entries.some(({ id }) => this.#entries?.seqOf(user, id) !== undefined);
      const invitation = invitationOf(frame, frame.entries.flatMap(usersAdded), this.#view, (other) =>
        directRows.get(entryKey(other, user)),
      );
      if (isRepeat || invitation === undefined) continue;
      const waitMs = await invitations.take(user, invitation, now(), this.#signal);
      if (waitMs !== undefined) waits.set(frame.frame, waitMs);
    }
    return waits;
  }

  /** Frames that are not decided yet and whose sender may know of the conversation. */
  #undecided(frames: readonly PublishedFrame[]): PublishedFrame[] {
    const decided = new Set(this.#view?.head.decided.map(({ frame }) => frame));
    const users = new Set(this.#view?.members.map(({ user }) => user));
    return frames.filter(
      ({ frame, sender, system }) =>
        !decided.has(frameDigest(frame)) && (system === true || users.has(sender.user)),
    );
  }

  /** Makes a write. Returns undefined if it is done, or what is known of the head that won the race. */
  async #write(planned: HeadWrite): Promise<{ head?: Head | undefined } | undefined> {
    const write = await this.#flushed(planned);
    if (write === undefined) return {};
    const { before, after, transaction } = write;
    const { log } = this.#deps;
    const result =
      before !== undefined && transaction === undefined
        ? await log.update(this.#conversation, before, after.head, this.#signal)
        : await log.change(this.#conversation, this.#changeOf(write), this.#signal);
    if (!result.done) return { head: result.head };
    this.#done(write);
    return undefined;
  }

  #changeOf({ before, after, transaction }: HeadWrite): Change {
    const { segments = [], members = [], joined, addedBy, erased } = transaction ?? {};
    const rows = members.filter(({ user }) => this.#earlierRanges.has(user));
    const earlierRanges = new Map(rows.map(({ user }) => [user, this.#earlierRanges.get(user)]));
    return { before, after: after.head, segments, members, joined, addedBy, erased, earlierRanges };
  }

  /**
   * Puts the segment of a flush that is due, and takes its entries out of the head that is to be written. Undefined if
   * a newer head has done so.
   */
  async #flushed(write: HeadWrite): Promise<HeadWrite | undefined> {
    const { before, after, appended, transaction } = write;
    // A transaction with segments takes the whole tail into them; one of first words has rows only.
    const movesTail = transaction !== undefined && transaction.segments.length > 0;
    if (before?.flushDue !== true || movesTail || appended.length === 0) return write;
    // A writer of the epoch before may have moved the tail, and its segment would count as older: this write settles who
    // is first, and the next one makes the flush.
    if (newestEpoch([before.version]) < before.epoch) return write;
    const { log, headBytes } = this.#deps;
    const flushedSeq = await log.flush(this.#conversation, flushedSegment(before), this.#signal);
    if (flushedSeq === undefined) return undefined;
    const size = { headBytes, storedBytes: (head: Head) => log.storedBytes(this.#conversation, head) };
    return { ...write, after: { ...after, head: trimmed(after.head, flushedSeq, size) } };
  }

  #done(write: HeadWrite): void {
    const { before, after } = write;
    this.#announceFromSeq ??= (before?.announcedSeq ?? before?.lastSeq ?? 0) + 1;
    countCommit(this.#deps, this.#conversation, write);
    this.#speakers.push(...write.speakers);
    for (const { user, ranges } of write.transaction?.members ?? []) this.#noteRanges(user, ranges);
    const earlier = this.#entries;
    this.#see(after, false);
    this.#entries?.add(write.transaction?.segments ?? []);
    if (earlier !== undefined) this.#entries?.inherit(earlier);
    this.#deps.recent?.put(this.#conversation, after, this.#deps.now());
  }

  /** Notes the ranges that a write has left a user. A member's rows need no condition but the head's. */
  #noteRanges(user: string, ranges: readonly SeqRange[]): void {
    if (isOpen(ranges)) this.#earlierRanges.delete(user);
    else this.#earlierRanges.set(user, ranges);
  }

  /** Sees the head that won a race. Members read before are valid as long as no row has changed. */
  async #seeNewer(head: Head | undefined): Promise<void> {
    this.#deps.recent?.forget(this.#conversation);
    const view = this.#view;
    if (head === undefined || view === undefined || head.membersVersion !== view.head.membersVersion) {
      await this.#read();
    } else this.#see({ ...view, head }, false);
  }
}

/** True for a plan that only appends. */
function isAppend({ decisions, write }: Plan): boolean {
  return (
    write !== undefined &&
    decisions.every(
      ({ origin, outcomes }) => origin === "appended" && outcomes.every((outcome) => "seq" in outcome),
    )
  );
}

function outcomeOf({ frame, outcomes }: Decision): FrameOutcome {
  return { frame: frameDigest(frame.frame), outcomes };
}

/** Users whose rows are needed to decide a frame. */
function usersOf({ sender, to, entries }: PublishedFrame): string[] {
  // Members of a group that is just being created have no rows yet.
  const named = entries.flatMap((entry) => (entry.kind === "create" ? [] : usersNamed(entry)));
  return [sender.user, ...(to === undefined ? [] : [to.user]), ...named];
}
