import { type InvitationState, taken } from "../../functions/core/invitations/invitation-budget.ts";
import { peerOf } from "../../functions/core/log/conversation-id.ts";
import { previewOfTail } from "../../functions/core/log/preview.ts";
import { isOpen } from "../../functions/core/log/readable-ranges.ts";
import { memberBucket } from "../../functions/core/shared/partition.ts";
import type { AbuseCounter } from "../../functions/ports/abuse-counter.ts";
import type { Accounts } from "../../functions/ports/accounts.ts";
import {
  type Change,
  type Conversation,
  type ConversationLog,
  type Head,
  MEMBER_BUCKETS,
  type Member,
  type MemberPage,
  type Segment,
  type SegmentPage,
  type SeqRange,
  type WriteResult,
} from "../../functions/ports/conversation-log.ts";
import type {
  Inbox,
  InboxKey,
  InboxPage,
  InboxRange,
  InboxRow,
  InboxSettings,
} from "../../functions/ports/inbox.ts";
import type { Invitations } from "../../functions/ports/invitations.ts";
import type { Lease, Leases, Refusal, UserState } from "../../functions/ports/leases.ts";
import type { Log } from "../../functions/ports/log.ts";
import type { Metrics } from "../../functions/ports/metrics.ts";
import type { Entry } from "../../protocol/index.ts";
import type { Step } from "./interleaving.ts";

/**
 * Ports over plain maps, for property tests of `core` that need thousands of interleavings. They pass the same
 * contract suites as the AWS adapters. Each call first awaits `step` and then takes effect at once; in `step` a test
 * reorders calls or lets an invocation crash.
 */

const immediately: Step = () => Promise.resolve();

interface UserRecord extends Omit<UserState, "leases"> {
  readonly revokedBeforeMs: number;
  readonly penaltyUntilMs: number;
  /** Tombstone of an erasure that is under way. */
  readonly erasing?: string | undefined;
}

const NEW_USER: UserRecord = {
  version: 0,
  announcedUntilMs: 0,
  lastSeenAtMs: undefined,
  revokedBeforeMs: 0,
  penaltyUntilMs: 0,
};

export class MemoryStore {
  readonly heads = new Map<string, Head>();
  readonly members = new Map<string, Map<string, Member>>();
  readonly segments = new Map<string, Map<number, Segment>>();
  readonly inbox = new Map<string, Map<string, InboxRow>>();
  /** Rows that their users have forgotten. */
  readonly forgotten = new Map<string, Map<string, InboxRow>>();
  readonly leases = new Map<string, Map<string, Lease>>();
  /** User state other than leases. */
  readonly users = new Map<string, UserRecord>();
  /** Users of a conversation in table order, cached until another user joins: a group may have 10 000. */
  readonly #sorted = new Map<string, readonly Placed[]>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Returns the whole log of a conversation, in order. */
  entries(conversation: string): Entry[] {
    const head = this.heads.get(conversation);
    if (head === undefined) return [];
    const stored = this.segmentsBetween(conversation, 1, head.tailFirst - 1).flatMap(
      ({ entries }) => entries,
    );
    return [...stored.filter(({ seq }) => seq < head.tailFirst), ...head.tail];
  }

  segmentsBetween(conversation: string, fromSeq: number, toSeq: number): Segment[] {
    return this.#ascending(conversation).filter(({ entries }) => {
      const [first, last] = [entries[0]?.seq ?? 0, entries.at(-1)?.seq ?? 0];
      return last >= fromSeq && first <= toSeq;
    });
  }

  segment(conversation: string, firstSeq: number): Segment | undefined {
    return this.segments.get(conversation)?.get(firstSeq);
  }

  put(conversation: string, segment: Segment): void {
    const segments = this.segments.get(conversation) ?? new Map<number, Segment>();
    segments.set(segment.entries[0]?.seq ?? 0, segment);
    this.segments.set(conversation, segments);
  }

  row({ user, conversation }: InboxKey): InboxRow | undefined {
    return this.inbox.get(user)?.get(conversation);
  }

  /** Stores a row as a write of the service does, with the time of the change. */
  changeRow(user: string, row: InboxRow): void {
    this.putRow(user, { ...row, changedAtMs: this.#now() });
  }

  putRow(user: string, row: InboxRow): void {
    const rows = this.inbox.get(user) ?? new Map<string, InboxRow>();
    rows.set(row.conversation, row);
    this.inbox.set(user, rows);
  }

  putMember(conversation: string, member: Member): void {
    const members = this.members.get(conversation) ?? new Map<string, Member>();
    if (!members.has(member.user)) this.#sorted.delete(conversation);
    members.set(member.user, member);
    this.members.set(conversation, members);
  }

  deleteMember(conversation: string, user: string): void {
    if (this.members.get(conversation)?.delete(user)) this.#sorted.delete(conversation);
  }

  /** Stores a member, and the copy in their inbox. */
  admit(conversation: string, member: Member): void {
    this.putMember(conversation, member);
    const { user, role, ranges, spoken } = member;
    this.putRow(user, { conversation, role, ranges, ...(spoken && { spoken }) });
  }

  /** Returns members in table order: by bucket, then by id; of some buckets, after `after` and not beyond `until`. */
  membersOf(
    conversation: string,
    fromBucket = 0,
    toBucket = MEMBER_BUCKETS - 1,
    after?: string,
    until?: string,
  ): Member[] {
    const members = this.members.get(conversation) ?? new Map<string, Member>();
    const sorted = this.#sorted.get(conversation) ?? [...members.keys()].map(placed).sort(byPlace);
    this.#sorted.set(conversation, sorted);
    const first = after === undefined ? undefined : placed(after);
    const last = until === undefined ? undefined : placed(until);
    return sorted
      .filter(({ bucket }) => bucket >= fromBucket && bucket <= toBucket)
      .filter((one) => first === undefined || byPlace(one, first) > 0)
      .filter((one) => last === undefined || byPlace(one, last) <= 0)
      .flatMap(({ user }) => members.get(user) ?? []);
  }

  #ascending(conversation: string): Segment[] {
    const segments = this.segments.get(conversation) ?? new Map<number, Segment>();
    return [...segments].sort(([a], [b]) => a - b).map(([, segment]) => segment);
  }
}

interface Placed {
  readonly user: string;
  readonly bucket: number;
  readonly bytes: Buffer;
}

function placed(user: string): Placed {
  return { user, bucket: memberBucket(user), bytes: Buffer.from(user) };
}

function byPlace(a: Placed, b: Placed): number {
  return a.bucket - b.bucket || Buffer.compare(a.bytes, b.bytes);
}

/** Throws if this head cannot be stored in place of the one before. */
function checkHead(before: Head | undefined, { version, tail, tailFirst, lastSeq }: Head): void {
  if (before !== undefined && version <= before.version) throw new Error("a write must raise the version");
  if (!isConsecutive(tail, tailFirst) || tailFirst + tail.length !== lastSeq + 1) {
    throw new Error(`the tail is not ${tailFirst} to ${lastSeq}`);
  }
}

/** Returns the head as the table gives it back, which stores no preview that the tail tells. */
function storedHead(head: Head): Head {
  return { ...head, preview: previewOfTail(head.tail) ?? head.preview };
}

/** Most actions of a transaction, and the most rows that a change may have. */
const [ACTIONS, ROWS] = [100, 90];

/** Throws if DynamoDB would not take this change as one transaction. */
function checkTransaction({ segments, members }: Change): void {
  const rows = 2 * members.length;
  if (rows > ROWS || 1 + segments.length + rows > ACTIONS) throw new Error("too large for one transaction");
  const firstSeqs = segments.map(({ entries }) => entries[0]?.seq ?? 0);
  if (segments.some(({ entries }, index) => !isConsecutive(entries, firstSeqs[index] ?? 0))) {
    throw new Error("the entries of a segment are not consecutive");
  }
  const keys = [...firstSeqs, ...members.map(({ user }) => user)];
  if (firstSeqs.includes(0) || new Set(keys).size < keys.length) {
    throw new Error("a segment is empty, or an item is written twice");
  }
}

function isConsecutive(entries: readonly Entry[], firstSeq: number): boolean {
  return entries.every(({ seq }, index) => seq === firstSeq + index);
}

/** Bytes that an entry is taken for: of a head of 1 KB, a few make a flush due. */
const ENTRY_BYTES = 250;

export class MemoryLog implements ConversationLog {
  readonly #store: MemoryStore;
  readonly #step: Step;
  /** Segments per page of the store. */
  readonly #pageSegments: number;
  /** A group with more members is large. */
  readonly #smallGroupMembers: number;

  constructor(
    store: MemoryStore,
    step: Step = immediately,
    page = Number.POSITIVE_INFINITY,
    small = Number.POSITIVE_INFINITY,
  ) {
    this.#store = store;
    this.#step = step;
    this.#pageSegments = page;
    this.#smallGroupMembers = small;
  }

  async read(conversation: string, users: readonly string[]): Promise<Conversation | undefined> {
    await this.#step("read");
    const head = this.#store.heads.get(conversation);
    if (head === undefined) return undefined;
    // Others may write between the reads of head and members.
    await this.#step("readMembers");
    const members = this.#store.membersOf(conversation);
    if (members.length <= this.#smallGroupMembers) return { head, members, complete: true };
    return { head, members: members.filter(({ user }) => users.includes(user)), complete: false };
  }

  async members(
    conversation: string,
    page: {
      fromBucket?: number;
      toBucket?: number;
      after?: string | undefined;
      until?: string | undefined;
      limit: number;
    },
  ): Promise<MemberPage> {
    await this.#step("members");
    const { fromBucket = 0, toBucket = MEMBER_BUCKETS - 1, after, until, limit } = page;
    const rest = this.#store.membersOf(conversation, fromBucket, toBucket, after, until);
    const members = rest.slice(0, limit);
    return { members, next: rest.length > limit ? members.at(-1)?.user : undefined };
  }

  async readForward(
    conversation: string,
    {
      fromSeq,
      toSeq,
      maxSegments = Number.POSITIVE_INFINITY,
    }: { fromSeq: number; toSeq: number; maxSegments?: number },
  ): Promise<SegmentPage> {
    await this.#step("readForward");
    const all = this.#store.segmentsBetween(conversation, fromSeq, toSeq);
    const length = Math.min(maxSegments, this.#pageSegments);
    return { segments: all.slice(0, length), complete: all.length <= length };
  }

  async readBackward(
    conversation: string,
    { fromSeq, toSeq, maxSegments }: { fromSeq: number; toSeq: number; maxSegments: number },
  ): Promise<SegmentPage> {
    await this.#step("readBackward");
    const all = this.#store.segmentsBetween(conversation, fromSeq, toSeq);
    const length = Math.min(maxSegments, this.#pageSegments);
    return { segments: all.slice(-length), complete: all.length <= length };
  }

  async flush(conversation: string, segment: Segment): Promise<number | undefined> {
    await this.#step("flush");
    const stored = this.#store.segment(conversation, segment.entries[0]?.seq ?? 0);
    if (stored !== undefined && stored.headVersion > segment.headVersion) return undefined;
    if (stored?.headVersion === segment.headVersion) return stored.entries.at(-1)?.seq;
    this.#store.put(conversation, segment);
    return segment.entries.at(-1)?.seq;
  }

  storedBytes(_: string, { tail }: Head): number {
    return tail.length * ENTRY_BYTES;
  }

  async announced(conversation: string, seq: number): Promise<void> {
    await this.#step("announced");
    const head = this.#store.heads.get(conversation);
    if (head?.announcedSeq !== undefined && head.announcedSeq < seq) {
      this.#store.heads.set(conversation, { ...head, announcedSeq: seq });
    }
  }

  async update(conversation: string, before: Head, after: Head): Promise<WriteResult> {
    checkHead(before, after);
    await this.#step("update");
    const stored = this.#store.heads.get(conversation);
    if (stored?.version !== before.version) return { done: false, head: stored };
    this.#store.heads.set(conversation, storedHead(after));
    return { done: true };
  }

  async change(conversation: string, change: Change): Promise<WriteResult> {
    const { before, after, segments, members } = change;
    checkHead(before, after);
    checkTransaction(change);
    await this.#step("change");
    const stored = this.#store.heads.get(conversation);
    if (stored?.version !== before?.version) return { done: false, head: stored };
    if (!this.#haveEarlierRanges(conversation, change)) return { done: false };
    this.#store.heads.set(conversation, storedHead(after));
    for (const segment of segments) this.#store.put(conversation, segment);
    for (const member of members) this.#putMember(conversation, member, change);
    return { done: true };
  }

  #haveEarlierRanges(conversation: string, { members, earlierRanges }: Change): boolean {
    return members.every(({ user }) => {
      if (!earlierRanges?.has(user)) return true;
      const row = this.#store.row({ user, conversation });
      return sameRanges(row?.ranges, earlierRanges.get(user));
    });
  }

  #putMember(conversation: string, member: Member, change: Change): void {
    const { after: head, members, joined, erased, earlierRanges } = change;
    const { user, role, ranges, blocked, spoken } = member;
    const stored = this.#store.members.get(conversation)?.get(user);
    const { muted } = earlierRanges?.has(user) ? member : (stored ?? {});
    const flags = { ...(blocked && { blocked }), ...(spoken && { spoken }) };
    const kept = { user, role, ranges, ...flags, ...(muted && { muted }) };
    if (isOpen(ranges)) this.#store.putMember(conversation, kept);
    else this.#store.deleteMember(conversation, user);
    const {
      blocked: _,
      blocking: __,
      silent: ___,
      spoken: ____,
      peerSpoken: _____,
      addedBy: adder,
      ...rest
    }: Partial<InboxRow> = this.#store.row({ user, conversation }) ?? {};
    const joinedSeq = joined?.get(user);
    const addedBy = change.addedBy?.get(user) ?? adder;
    const row = {
      ...{ ...rest, conversation, role, ranges, ...flags },
      ...(joinedSeq && { readSeq: joinedSeq - 1 }),
      ...(isOpen(ranges) && addedBy !== undefined && { addedBy }),
      ...(erased?.user === user && { erasedSeq: head.lastSeq }),
    };
    if (head.kind === "group") {
      this.#store.changeRow(user, row);
      return;
    }
    const other = members.find((candidate) => candidate.user !== user);
    const others = { ...(other?.blocked && { blocking: true }), ...(other?.spoken && { peerSpoken: true }) };
    const silentLog = head.lastSeq === 0 && { silent: true };
    const peer = erased === undefined || erased.user === user ? peerOf(user, members) : erased.tombstone;
    this.#store.changeRow(user, { ...row, peer, ...others, ...silentLog });
  }

  async mute(conversation: string, user: string, muted: boolean): Promise<boolean> {
    await this.#step("mute");
    const [row, member] = [
      this.#store.row({ user, conversation }),
      this.#store.members.get(conversation)?.get(user),
    ];
    if (row === undefined || member === undefined) return false;
    this.#store.changeRow(user, { ...row, muted });
    const { muted: _, ...rest } = member;
    this.#store.putMember(conversation, { ...rest, ...(muted && { muted }) });
    return true;
  }
}

function pageOf(all: ReadonlyMap<string, InboxRow> = new Map(), { from = "", limit }: InboxRange): InboxPage {
  const rows = [...all.values()]
    .filter(({ conversation }) => conversation >= from)
    .sort((a, b) => (a.conversation < b.conversation ? -1 : 1));
  return { rows: rows.slice(0, limit), next: rows[limit]?.conversation };
}

export class MemoryInbox implements Inbox {
  readonly #store: MemoryStore;
  readonly #step: Step;

  constructor(store: MemoryStore, step: Step = immediately) {
    this.#store = store;
    this.#step = step;
  }

  async list(user: string, range: InboxRange): Promise<InboxPage> {
    await this.#step("list");
    return pageOf(this.#store.inbox.get(user), range);
  }

  async rows(keys: readonly InboxKey[]): Promise<(InboxRow | undefined)[]> {
    await this.#step("rows");
    return keys.map((key) => this.#store.row(key));
  }

  async heads(conversations: readonly string[]): Promise<ReadonlyMap<string, Head>> {
    await this.#step("heads");
    return new Map(
      conversations.flatMap((conversation) => {
        const head = this.#store.heads.get(conversation);
        return head ? [[conversation, head] as const] : [];
      }),
    );
  }

  async advance(
    key: InboxKey,
    { kind, seq }: { kind: "read" | "delivered"; seq: number },
  ): Promise<InboxRow | undefined> {
    await this.#step("advanceCursor");
    const row = this.#store.row(key);
    if (row === undefined) return undefined;
    const { readSeq = -1, deliveredSeq = -1 } = row;
    if (seq <= (kind === "read" ? readSeq : Math.max(readSeq, deliveredSeq))) return undefined;
    const moved = { ...row, [kind === "read" ? "readSeq" : "deliveredSeq"]: seq };
    this.#store.changeRow(key.user, moved);
    return this.#store.row(key);
  }

  async set(key: InboxKey, settings: InboxSettings): Promise<boolean> {
    await this.#step("set");
    const row = this.#store.row(key);
    if (row === undefined) return false;
    const defined = Object.entries(settings).filter(([, value]) => value !== undefined);
    const all = Object.entries({ ...row, ...Object.fromEntries(defined) });
    this.#store.changeRow(
      key.user,
      Object.fromEntries(all.filter(([, value]) => value !== null)) as unknown as InboxRow,
    );
    return true;
  }

  async forget(key: InboxKey, ranges: readonly SeqRange[]): Promise<boolean> {
    await this.#step("forget");
    const row = this.#store.row(key);
    if (row === undefined || !sameRanges(row.ranges, ranges)) return false;
    const rows = this.#store.forgotten.get(key.user) ?? new Map<string, InboxRow>();
    rows.set(key.conversation, { conversation: key.conversation, role: "member", ranges });
    this.#store.forgotten.set(key.user, rows);
    return this.#store.inbox.get(key.user)?.delete(key.conversation) ?? false;
  }

  async forgotten(user: string, range: InboxRange): Promise<InboxPage> {
    await this.#step("forgotten");
    return pageOf(this.#store.forgotten.get(user), range);
  }

  async recall(key: InboxKey): Promise<void> {
    await this.#step("recall");
    const row = this.#store.forgotten.get(key.user)?.get(key.conversation);
    if (row !== undefined && this.#store.row(key) === undefined) this.#store.changeRow(key.user, row);
    this.#store.forgotten.get(key.user)?.delete(key.conversation);
  }

  async removeAdder(key: InboxKey, adder: string): Promise<void> {
    await this.#step("removeAdder");
    const { addedBy, ...row } = this.#store.row(key) ?? {};
    if (addedBy === adder) this.#store.changeRow(key.user, row as InboxRow);
  }

  async remove(key: InboxKey, ranges: readonly SeqRange[]): Promise<boolean> {
    await this.#step("removeRow");
    if (!sameRanges(this.#store.row(key)?.ranges, ranges)) return false;
    return this.#store.inbox.get(key.user)?.delete(key.conversation) ?? false;
  }
}

function sameRanges(a: readonly SeqRange[] | undefined, b: readonly SeqRange[] | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

export class MemoryLeases implements Leases {
  readonly #store: MemoryStore;
  readonly #step: Step;

  constructor(store: MemoryStore, step: Step = immediately) {
    this.#store = store;
    this.#step = step;
  }

  async put(
    user: string,
    lease: Lease,
    nowMs: number = lease.connectedAtMs,
  ): Promise<UserState | { refused: Refusal }> {
    await this.#step("putLease");
    const { revokedBeforeMs, penaltyUntilMs, version, erasing } = this.#record(user);
    if (erasing !== undefined || revokedBeforeMs > (lease.issuedAtMs ?? 0)) return { refused: "revoked" };
    if (penaltyUntilMs > nowMs) return { refused: "penalized" };
    const leases = this.#store.leases.get(user) ?? new Map<string, Lease>();
    leases.set(lease.connection, lease);
    this.#store.leases.set(user, leases);
    return this.#update(user, { version: version + 1 });
  }

  async remove(
    user: string,
    connection: string,
    nowMs: number,
  ): Promise<{ removed: boolean; state: UserState }> {
    await this.#step("removeLease");
    const removed = this.#store.leases.get(user)?.delete(connection) ?? false;
    return { removed, state: removed ? this.#update(user, { lastSeenAtMs: nowMs }) : this.#state(user) };
  }

  async read(users: readonly string[]): Promise<ReadonlyMap<string, readonly Lease[]>> {
    await this.#step("readLeases");
    return new Map(users.map((user) => [user, this.#state(user).leases]));
  }

  async states(users: readonly string[]): Promise<ReadonlyMap<string, UserState>> {
    await this.#step("readStates");
    return new Map(users.map((user) => [user, this.#state(user)]));
  }

  async markOnline(user: string, version: number, untilMs: number): Promise<boolean> {
    await this.#step("markOnline");
    if (this.#record(user).version !== version) return false;
    this.#update(user, { announcedUntilMs: untilMs });
    return true;
  }

  async markOffline(user: string, version: number): Promise<boolean> {
    await this.#step("markOffline");
    if (this.#record(user).version !== version) return false;
    this.#update(user, { announcedUntilMs: 0, version: version + 1 });
    return true;
  }

  async revoke(user: string, beforeMs: number): Promise<UserState> {
    await this.#step("revoke");
    const revokedBeforeMs = Math.max(beforeMs, this.#record(user).revokedBeforeMs);
    return this.#update(user, { revokedBeforeMs });
  }

  async penalize(user: string, untilMs: number): Promise<UserState> {
    await this.#step("penalize");
    const penaltyUntilMs = Math.max(untilMs, this.#record(user).penaltyUntilMs);
    return this.#update(user, { penaltyUntilMs });
  }

  #record(user: string): UserRecord {
    return this.#store.users.get(user) ?? NEW_USER;
  }

  #update(user: string, facts: Partial<UserRecord>): UserState {
    this.#store.users.set(user, { ...this.#record(user), ...facts });
    return this.#state(user);
  }

  #state(user: string): UserState {
    const { version, announcedUntilMs, lastSeenAtMs } = this.#record(user);
    const leases = [...(this.#store.leases.get(user)?.values() ?? [])];
    return { leases, version, announcedUntilMs, lastSeenAtMs };
  }
}

export class MemoryAccounts implements Accounts {
  readonly #store: MemoryStore;
  readonly #step: Step;

  constructor(store: MemoryStore, step: Step = immediately) {
    this.#store = store;
    this.#step = step;
  }

  async begin(user: string, tombstone: string): Promise<string> {
    await this.#step("beginErasure");
    const record = this.#store.users.get(user) ?? NEW_USER;
    const erasing = record.erasing ?? tombstone;
    this.#store.users.set(user, { ...record, erasing });
    return erasing;
  }

  async end(user: string, tombstone: string): Promise<void> {
    await this.#step("endErasure");
    const record = this.#store.users.get(user);
    if (record?.erasing !== tombstone) return;
    const { version, revokedBeforeMs } = record;
    this.#store.users.set(user, { ...NEW_USER, version, revokedBeforeMs });
    this.#store.leases.delete(user);
  }
}

export class MemoryAbuseCounter implements AbuseCounter {
  readonly #counts = new Map<string, number>();

  async count(user: string, nowMs: number): Promise<number> {
    const key = `${Math.floor(nowMs / 60_000)} ${user}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }
}

export class MemoryInvitations implements Invitations {
  readonly #states = new Map<string, InvitationState>();

  async take(
    user: string,
    invitation: { key: string; count: number },
    nowMs: number,
  ): Promise<number | undefined> {
    const before = this.#states.get(user) ?? { untilMs: 0, keys: [] };
    const after = taken(before, invitation, nowMs);
    if ("waitMs" in after) return after.waitMs;
    this.#states.set(user, after);
    return undefined;
  }
}

export const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  about: (_, work) => work(),
};

/** Keeps counts by metric, with the value of the second dimension if there is one: `Rejected forbidden`. */
export class MemoryMetrics implements Metrics {
  readonly counts: Record<string, number> = {};
  readonly measured: Record<string, number[]> = {};

  count(name: string, times = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + times;
  }

  countBy(name: string, value: string, times = 1): void {
    this.count(`${name} ${value}`, times);
  }

  measure(name: string, ms: number): void {
    this.measured[name] = [...(this.measured[name] ?? []), ms];
  }
}

export const noMetrics: Metrics = {
  count: () => undefined,
  countBy: () => undefined,
  measure: () => undefined,
};
