import type {
  Change,
  ConversationLog,
  Head,
  Segment,
  SeqRange,
  WriteResult,
} from "../../../functions/ports/conversation-log.ts";
import type { ChatEvent } from "../../../functions/ports/events.ts";
import type { Delivery, Outbound } from "../../../functions/ports/topics.ts";
import type { Entry, ServerFrame } from "../../../protocol/index.ts";
import type { Choose } from "../../support/interleaving.ts";
import type { MemoryStore } from "../../support/memory-ports.ts";
import { DelegatingLog } from "./delegating-log.ts";

/**
 * Records what a simulation writes, pushes and publishes, and what of it is wrong whatever comes after: a deleted text
 * in the store or in a push, a push that shows its reader too much, a member who is refused as none.
 */
export class LogHistory {
  readonly wrongs: string[] = [];
  /** Seqs of the entries whose `message.committed` is published. */
  readonly announced = new Set<number>();
  readonly #conversation: string;
  readonly #store: MemoryStore;
  readonly #choose: Choose;
  readonly #cutsVary: boolean;
  /** Events at which entries were deleted, by seq. */
  readonly #deletes = new Map<number, number>();
  /** Members from each event on. */
  readonly #members: { readonly fromEvent: number; readonly users: ReadonlySet<string> }[] = [];
  /** Ranges of all users from each event on. */
  readonly #ranges: {
    readonly fromEvent: number;
    readonly byUser: ReadonlyMap<string, readonly SeqRange[]>;
  }[] = [];
  /** Events at which entries were first stored in this form, by their JSON. */
  readonly #forms = new Map<string, number>();
  #writtenSeq = 0;
  #event = 0;

  constructor(conversation: string, store: MemoryStore, choose: Choose, cutsVary = true) {
    this.#cutsVary = cutsVary;
    this.#conversation = conversation;
    this.#store = store;
    this.#choose = choose;
  }

  /** Returns the end of a flush: some end earlier, as if deployments differed in how large they make a segment. */
  flushedLength(length: number): number {
    return this.#cutsVary ? Math.max(1, length - this.#choose(2)) : length;
  }

  /** Number of events so far. */
  get now(): number {
    return this.#event;
  }

  tick(): void {
    this.#event += 1;
  }

  /** Returns a log whose writes are recorded. */
  observe(log: ConversationLog): ConversationLog {
    return new ObservedLog(log, this);
  }

  fail(wrong: string): void {
    this.wrongs.push(wrong);
  }

  written(after: Head, segments: readonly Segment[]): void {
    for (const entry of [...after.tail, ...segments.flatMap(({ entries }) => entries)]) {
      const isNew = entry.deletedAtMs !== undefined && !this.#deletes.has(entry.seq);
      if (isNew) this.#deletes.set(entry.seq, this.#event);
    }
    const stored = [...(this.#store.segments.get(this.#conversation)?.values() ?? [])];
    for (const entry of [...after.tail, ...stored.flatMap(({ entries }) => entries)]) {
      if (this.#holdsDeleted(entry)) this.fail(`the deleted text of ${entry.seq} is stored`);
    }
    this.#noteForms([...after.tail, ...stored.flatMap(({ entries }) => entries)]);
    const { preview } = after;
    const isPreviewed = preview?.text !== undefined && this.#deletes.has(preview.seq);
    if (isPreviewed) this.fail(`the deleted text of ${preview.seq} is in the preview`);
    const members = this.#store
      .membersOf(this.#conversation)
      .filter(({ ranges }) => ranges.at(-1)?.[1] === undefined);
    const users = new Set(members.map(({ user }) => user));
    // One write may remove a member and add them again, and refuse between the two what they sent.
    const removed = new Set(this.#removedBy([...segments.flatMap(({ entries }) => entries), ...after.tail]));
    if (removed.size > 0)
      this.#members.push({
        fromEvent: this.#event,
        users: new Set([...users].filter((user) => !removed.has(user))),
      });
    this.#members.push({ fromEvent: this.#event, users });
    this.#writtenSeq = after.lastSeq;
    const byUser = new Map(
      [...this.#store.inbox].map(([user, rows]) => [user, rows.get(this.#conversation)?.ranges ?? []]),
    );
    this.#ranges.push({ fromEvent: this.#event, byUser });
  }

  /** Returns the users that entries remove which were not written before. */
  #removedBy(entries: readonly Entry[]): string[] {
    return entries
      .filter(({ seq }) => seq > this.#writtenSeq)
      .flatMap(({ kind, sender, body }) => {
        if (kind === "member.remove") return (body as { users: string[] }).users;
        return kind === "member.leave" ? [sender] : [];
      });
  }

  #noteForms(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const form = JSON.stringify(entry);
      if (!this.#forms.has(form)) this.#forms.set(form, this.#event);
    }
  }

  /** Notes a flush that has put a segment, which no reader takes before the head's update. */
  flushed({ entries }: Segment): void {
    for (const entry of entries) {
      if (this.#holdsDeleted(entry)) this.fail(`the deleted text of ${entry.seq} is flushed`);
    }
  }

  /**
   * Notes a push to a user by a task that began at this event. The user must have been allowed to see it at some time
   * since then, and since it is in that form.
   */
  pushed(user: string, frame: ServerFrame, beganAt: number): void {
    if (frame.type === "joined" && frame.title !== undefined) {
      const wasMember = this.#rangesOf(user, beganAt).some(isMember);
      if (!wasMember) this.fail(`${user} is shown the title, but is no member`);
    }
    if (frame.type !== "entries") return;
    for (const entry of frame.entries as Entry[]) {
      if (this.#holdsDeleted(entry, beganAt)) this.fail(`the deleted text of ${entry.seq} is pushed`);
      const since = Math.max(beganAt, this.#forms.get(JSON.stringify(entry)) ?? 0);
      const isAllowed = this.#rangesOf(user, since).some((ranges) => isFor(ranges, entry));
      if (!isAllowed) this.fail(`${user} is shown too much of ${entry.seq}: ${JSON.stringify(entry)}`);
    }
  }

  /** Returns the ranges that a user has had since an event. */
  #rangesOf(user: string, sinceEvent: number): (readonly SeqRange[])[] {
    const isOver = (index: number) =>
      (this.#ranges[index + 1]?.fromEvent ?? Number.POSITIVE_INFINITY) < sinceEvent;
    return this.#ranges.filter((_, index) => !isOver(index)).map(({ byUser }) => byUser.get(user) ?? []);
  }

  /** Notes that a user was told to be no member, by the answer to a frame sent at this event or after it. */
  refusedAsStranger(user: string, sentAt: number): void {
    const isWrong = this.#members.every(({ fromEvent, users }, index) => {
      const until = this.#members[index + 1]?.fromEvent ?? Number.POSITIVE_INFINITY;
      return until < sentAt || fromEvent > this.#event || users.has(user);
    });
    if (isWrong) this.fail(`${user} is refused, but was a member all the time`);
  }

  /** Notes the events among the messages; returns the deliveries. */
  published(messages: readonly Outbound[]): Delivery[] {
    for (const message of messages) {
      if (message.type !== "message.committed") continue;
      for (const { seq } of message.entries) this.announced.add(seq);
    }
    return messages.filter((message) => !isEvent(message));
  }

  #holdsDeleted({ seq, kind, body, deletedAtMs }: Entry, before = Number.POSITIVE_INFINITY): boolean {
    const { of, text } = (body ?? {}) as { of?: number; text?: string };
    const isDeleted = (target = 0) => (this.#deletes.get(target) ?? Number.POSITIVE_INFINITY) < before;
    return (
      (isDeleted(seq) && deletedAtMs === undefined) ||
      (kind === "edit" && text !== undefined && isDeleted(of))
    );
  }
}

/** True if a reader with these ranges may see the entry as it is. Deliberately not written as the code under test is. */
function isFor(ranges: readonly SeqRange[], { seq, kind, body, editSeq, reactions }: Entry): boolean {
  const covers = (other: number) => ranges.some(([from, to = other]) => from <= other && other <= to);
  const { of = 0, text } = (body ?? {}) as { of?: number; text?: string };
  if (!covers(seq)) return false;
  if (kind === "edit") return text === undefined || covers(of);
  return isMember(ranges) || (reactions === undefined && (body === null || covers(editSeq ?? seq)));
}

function isMember(ranges: readonly SeqRange[]): boolean {
  return ranges.some(([, to]) => to === undefined);
}

function isEvent(message: Outbound): message is ChatEvent {
  return !message.type.startsWith("deliver.");
}

class ObservedLog extends DelegatingLog {
  readonly #history: LogHistory;

  constructor(inner: ConversationLog, history: LogHistory) {
    super(inner);
    this.#history = history;
  }

  override async flush(
    conversation: string,
    segment: Segment,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { entries } = segment;
    const shorter = { ...segment, entries: entries.slice(0, this.#history.flushedLength(entries.length)) };
    const flushedSeq = await super.flush(conversation, shorter, signal);
    if (flushedSeq === shorter.entries.at(-1)?.seq) this.#history.flushed(shorter);
    return flushedSeq;
  }

  override async update(...args: Parameters<ConversationLog["update"]>): Promise<WriteResult> {
    const result = await super.update(...args);
    if (result.done) this.#history.written(args[2], []);
    return result;
  }

  override async change(conversation: string, change: Change, signal: AbortSignal): Promise<WriteResult> {
    const result = await super.change(conversation, change, signal);
    if (result.done) this.#history.written(change.after, change.segments);
    return result;
  }
}
