import { type Entry, type ErasedBody, isSolitary, LIMITS, utf8Bytes } from "../../../protocol/index.ts";
import type { Conversation, Head, Member, Segment } from "../../ports/conversation-log.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import { nextVersion } from "../log/head-version.ts";
import type { LogPart } from "../log/log-view.ts";
import { withoutExpiringText } from "../log/preview.ts";
import { retentionOf } from "../log/retention.ts";
import { usersAdded } from "./kind-rules.ts";

/** A write of a conversation: of the head alone, or of more in one transaction. */
export interface HeadWrite {
  /** Undefined for the first write of a conversation. */
  readonly before: Head | undefined;
  readonly after: Conversation;
  /** Entries that it appends. */
  readonly appended: readonly Entry[];
  /** Frames that have entries among them. */
  readonly frames: readonly PublishedFrame[];
  /** Members who have spoken for the first time. */
  readonly speakers: readonly string[];
  /** Undefined for a write of the head alone. */
  readonly transaction:
    | {
        readonly segments: readonly Segment[];
        readonly members: readonly Member[];
        /** Seq of the entry that made a user a member, of those who join a conversation that has entries. */
        readonly joined?: ReadonlyMap<string, number>;
        /** Users who were made members of a group, by the user who did that. */
        readonly addedBy?: ReadonlyMap<string, string>;
        /** User whose account is gone, if the write says so. */
        readonly erased?: ErasedBody | undefined;
      }
    | undefined;
}

/** Changes that a draft has gathered. The tail of `after` has all entries since the tail of `before`. */
export interface DraftedWrite {
  readonly before: Head | undefined;
  readonly after: Conversation;
  readonly appended: readonly Entry[];
  readonly frames: readonly PublishedFrame[];
  /** Segments with rewritten entries, by their first seq. */
  readonly rewritten: ReadonlyMap<number, LogPart>;
  /** True if an entry was rewritten that was in the tail before. */
  readonly rewritesTail: boolean;
  /** Users whose rows change. */
  readonly users: ReadonlySet<string>;
  /** Members who have spoken for the first time, each with the users whose rows tell it. */
  readonly speakers: ReadonlyMap<string, readonly string[]>;
}

export interface HeadSize {
  /** Bytes of a head as the store bills them. */
  readonly storedBytes: (head: Head) => number;
  /** Bytes up to which a head grows before entries are moved into a segment. */
  readonly headBytes: number;
}

/**
 * Bytes up to which the head is kept: one write unit. With two, every second write costs two units; in exchange a tenth
 * and not a fourth of the writes flushes (docs/cost.md).
 */
export const HEAD_BYTES = 1024;
/** Most bytes of a tail, for a burst that one update appends; what is larger goes into segments at once. */
const TAIL_BYTES = 8 * 1024;
/** Most bytes of a new segment: well below DynamoDB's 400 KB an item. */
export const SEGMENT_BYTES = 200 * 1024;

/** Decides what a drafted write consists of. */
export function finished(draft: DraftedWrite, size: HeadSize): HeadWrite {
  const { before, appended, frames, rewritten, speakers } = draft;
  const users = new Set([...draft.users, ...[...speakers.values()].flat()]);
  const version =
    before === undefined ? draft.after.head.version : nextVersion(before.version, draft.after.head.epoch);
  const after = { ...draft.after, head: withoutExpiringText({ ...draft.after.head, version }) };
  const common = { before, appended, frames, speakers: [...speakers.keys()] };
  if (!movesTail(draft)) {
    // A flush stays due until it is made: a writer before may have put its segment already.
    const head = before?.flushDue ? after.head : withFlushDue(after.head, size);
    const headAlone = { ...common, after: { ...after, head } };
    const segments = [...rewritten.values()].map((part) => ({ ...part, headVersion: version }));
    const members = after.members.filter(({ user }) => users.has(user));
    const isAlone = segments.length === 0 && members.length === 0;
    return { ...headAlone, transaction: isAlone ? undefined : { segments, members } };
  }
  const moved = segmentsOf(after.head);
  const others = [...rewritten.values()].map((part) => ({ ...part, headVersion: version }));
  // Rows of a conversation that began with a block say that it has no entries, so the first entry changes all of them.
  const isFirst = before === undefined || appended[0]?.seq === 1;
  const members = isFirst ? after.members : after.members.filter(({ user }) => users.has(user));
  return {
    ...common,
    after: { ...after, head: withoutTail(after.head) },
    transaction: {
      segments: [...moved, ...others],
      members,
      joined: joinedBy(appended),
      addedBy: addersOf(appended),
      erased: erasedBy(appended),
    },
  };
}

/** Returns who was made a member by whom. */
function addersOf(appended: readonly Entry[]): Map<string, string> {
  return new Map(
    appended.flatMap((entry) => usersAdded(entry).map((user): [string, string] => [user, entry.sender])),
  );
}

function joinedBy(appended: readonly Entry[]): Map<string, number> {
  const additions = appended.filter(({ kind }) => kind === "member.add");
  return new Map(
    additions.flatMap(({ seq, body }) =>
      (body as { users: readonly string[] }).users.map((user): [string, number] => [user, seq]),
    ),
  );
}

function erasedBy(appended: readonly Entry[]): ErasedBody | undefined {
  return appended.find(({ kind }) => kind === "erased")?.body as ErasedBody | undefined;
}

/** True if the write takes all entries of the tail into segments, in one transaction with the head. */
function movesTail(draft: DraftedWrite): boolean {
  const { before, after, appended, rewritten, rewritesTail, users } = draft;
  const changesMore =
    before === undefined || users.size > 0 || appended.some(({ seq, kind }) => seq === 1 || isSolitary(kind));
  // A head does not expire, so entries that do are in segments only.
  const expires = after.head.retentionSeconds !== undefined;
  // A flush may have put entries of the tail into a segment already: their former text must not stay there.
  const endsFlush = before?.flushDue === true && (rewritesTail || rewritten.size > 0);
  return changesMore || expires || endsFlush || tailBytes(after.head.tail) > TAIL_BYTES;
}

/** Returns the first entries of the tail, as many as one segment takes. */
export function flushedSegment({ tail, version }: Head): Segment {
  const [entries = []] = chunks(tail);
  return { entries, headVersion: version };
}

/** Returns the head without the entries of its tail up to `seq`, which are in a segment. */
export function trimmed(head: Head, seq: number, size: HeadSize): Head {
  const tail = head.tail.filter((entry) => entry.seq > seq);
  return withFlushDue({ ...head, tail, tailFirst: seq + 1 }, size);
}

function withoutTail({ flushDue: _, ...head }: Head): Head {
  return { ...head, tail: [], tailFirst: head.lastSeq + 1 };
}

/** A flush is due as soon as one more entry like the last would make the head too large. */
function withFlushDue({ flushDue: _, ...head }: Head, { storedBytes, headBytes }: HeadSize): Head {
  const last = head.tail.at(-1);
  const isDue = last !== undefined && storedBytes(head) + tailBytes([last]) > headBytes;
  return { ...head, ...(isDue && { flushDue: true }) };
}

function segmentsOf(head: Head): Segment[] {
  const { tail, version } = head;
  // Entries of two periods are not in one segment, because a segment expires as a whole.
  const begins = ({ seq }: Entry) => head.periods?.some(({ lastSeq }) => lastSeq === seq - 1) === true;
  return chunks(tail, begins).map((entries) => {
    const { seq, sentAtMs } = entries.at(-1) ?? { seq: 0, sentAtMs: 0 };
    const retentionSeconds = retentionOf(head, seq);
    const expiresAtMs = retentionSeconds === undefined ? undefined : sentAtMs + retentionSeconds * 1000;
    return { entries, headVersion: version, ...(expiresAtMs !== undefined && { expiresAtMs }) };
  });
}

function chunks(entries: readonly Entry[], begins = (_: Entry) => false): Entry[][] {
  const result: Entry[][] = [];
  let room = 0;
  for (const entry of entries) {
    const bytes = tailBytes([entry]);
    if (bytes > room || result.at(-1)?.length === LIMITS.entriesPerFrame || begins(entry)) {
      result.push([]);
      room = SEGMENT_BYTES;
    }
    result.at(-1)?.push(entry);
    room -= bytes;
  }
  return result;
}

/** Bytes of entries as they are stored. */
export function tailBytes(entries: readonly Entry[]): number {
  return utf8Bytes(JSON.stringify(entries));
}
