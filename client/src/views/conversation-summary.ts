import type { ErasedBody, JoinedFrame, SyncedConversation } from "../../../protocol/index.ts";
import { countsAsUnread, isRewrite } from "../../../protocol/kinds.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { isTombstone } from "../../../protocol/tombstone.ts";
import type { Entry, Preview, Role } from "../api/entry.ts";
import type { ConversationInfo, MemberReceipt, SentStatus } from "./conversation-info.ts";

/** Highest `unread`: one more than the server counts. */
export const MOST_UNREAD = LIMITS.unreadCount + 1;

const UNKNOWN: Omit<ConversationInfo, "conversation" | "kind"> = {
  peer: undefined,
  title: undefined,
  role: undefined,
  memberCount: undefined,
  left: false,
  first: 1,
  readSeq: 0,
  unread: 0,
  muted: false,
  blocking: false,
  retentionSeconds: undefined,
  keepSeconds: undefined,
  receipts: [],
  preview: undefined,
};

export type InfoChange = Partial<ConversationInfo>;

export function newInfo(conversation: string, kind: string): ConversationInfo {
  return { ...UNKNOWN, conversation, kind };
}

/** The whole state of a conversation, from a sync. Receipts are kept if the sync had no room for them. */
export function synced(page: SyncedConversation, before: ConversationInfo | undefined): InfoChange {
  const { peer, title, memberCount, first, ranges, readSeq, unread, preview } = page;
  const { retentionSeconds, keepSeconds, muted = false, blocking = false } = page;
  const left = ranges !== undefined && ranges.at(-1)?.length === 2;
  const settings = { retentionSeconds, keepSeconds, muted, blocking };
  return {
    peer,
    title,
    memberCount,
    first,
    unread,
    ...settings,
    left,
    role: page.role as Role | undefined,
    readSeq: Math.max(readSeq, before?.readSeq ?? 0),
    receipts: page.receipts ?? before?.receipts ?? [],
    preview:
      preview ?? (before?.preview !== undefined && before.preview.seq >= first ? before.preview : undefined),
  };
}

export function joined(
  { peer, title, first }: JoinedFrame,
  before: ConversationInfo | undefined,
): InfoChange {
  return { peer, title: title ?? before?.title, first: before?.first ?? first, left: false, role: "member" };
}

/**
 * Returns what an entry of the log changes in the list.
 *
 * @param countedSeq last seq that `unread` and `memberCount` already include
 */
export function advance(
  info: ConversationInfo,
  entry: Entry,
  user: string | undefined,
  countedSeq: number,
): InfoChange {
  const { seq, sender, kind } = entry;
  const body = (entry.body ?? {}) as {
    title?: string;
    users?: string[];
    members?: string[];
    user?: string;
    role?: Role;
    seconds?: number | null;
  } & Partial<ErasedBody>;
  const isNews = seq > countedSeq;
  const isUnread = isNews && sender !== user && seq > info.readSeq && countsAsUnread(kind);
  const change: InfoChange = {
    ...(isUnread && { unread: Math.min(MOST_UNREAD, info.unread + 1) }),
    // An entry that rewrites another one does not replace it in a list.
    ...(!isRewrite(kind) && seq > (info.preview?.seq ?? 0) && { preview: previewOf(entry) }),
  };
  // The state from a sync may be newer than this entry.
  if (!isNews) return change;
  const count = (by: number) => info.memberCount !== undefined && { memberCount: info.memberCount + by };
  const without = (users: readonly string[]) => ({
    ...(users.includes(user ?? "") && { left: true, role: undefined }),
    receipts: info.receipts.filter((receipt) => !users.includes(receipt.user)),
  });
  const newcomers = (users: readonly string[]) =>
    users
      .filter((newcomer) => newcomer !== user && !info.receipts.some((receipt) => receipt.user === newcomer))
      // A newcomer is not expected to read earlier entries.
      .map((newcomer) => ({ user: newcomer, readSeq: seq - 1, deliveredSeq: seq - 1 }));
  switch (kind) {
    case "create": {
      const members = [...new Set([sender, ...(body.members ?? [])])];
      const role = sender === user ? "owner" : "member";
      return {
        ...change,
        title: body.title,
        role,
        memberCount: members.length,
        receipts: newcomers(members),
      };
    }
    case "member.add": {
      const users = body.users ?? [];
      const ofMine = users.includes(user ?? "") && { left: false, role: "member" as const };
      return {
        ...change,
        ...count(users.length),
        ...ofMine,
        receipts: [...info.receipts, ...newcomers(users)],
      };
    }
    case "member.remove":
      return { ...change, ...count(-(body.users?.length ?? 0)), ...without(body.users ?? []) };
    case "member.leave":
      return { ...change, ...count(-1), ...without([sender]) };
    case "rename":
      return { ...change, title: body.title };
    case "role":
      return body.user === user ? { ...change, role: body.role } : change;
    case "retention":
      return { ...change, retentionSeconds: body.seconds ?? undefined };
    case "erased":
      return {
        ...change,
        ...(!body.former && count(-1)),
        ...without([body.user as string]),
        ...(body.untitled && { title: undefined }),
        ...(body.owner === user && { role: "owner" as const }),
        ...(info.peer === body.user && { peer: body.tombstone }),
      };
    default:
      // Somebody has come by the name of an erased user.
      return isTombstone(info.peer ?? "") && sender !== user ? { ...change, peer: sender } : change;
  }
}

export function previewOf({ seq, sender, kind, body, sentAtMs }: Entry): Preview {
  const text = typeof body === "object" && body !== null && "text" in body ? body.text : undefined;
  return { seq, sender, kind, sentAtMs, ...(typeof text === "string" && { text }) };
}

/** Status of an entry of this user. It is delivered or read when it is so for all other members, if that is known. */
export function statusOf(
  seq: number,
  info: Pick<ConversationInfo, "kind" | "memberCount" | "receipts"> | undefined,
): SentStatus {
  const { kind, memberCount = 0, receipts = [] } = info ?? {};
  const others = kind === "direct" ? 1 : memberCount - 1;
  const all = (reached: (receipt: MemberReceipt) => boolean) =>
    others > 0 && receipts.length >= others && receipts.every(reached);
  if (all(({ readSeq }) => readSeq >= seq)) return "read";
  return all(({ readSeq, deliveredSeq }) => Math.max(readSeq, deliveredSeq) >= seq) ? "delivered" : "sent";
}

/** Merges a receipt; each cursor only moves forward. */
export function withReceipt(
  receipts: readonly MemberReceipt[],
  {
    user,
    readSeq = 0,
    deliveredSeq = 0,
  }: { user: string; readSeq?: number | undefined; deliveredSeq?: number | undefined },
): readonly MemberReceipt[] {
  const before = receipts.find((receipt) => receipt.user === user);
  const others = receipts.filter((receipt) => receipt !== before);
  const after = {
    user,
    readSeq: Math.max(before?.readSeq ?? 0, readSeq),
    deliveredSeq: Math.max(before?.deliveredSeq ?? 0, deliveredSeq),
  };
  return [...others, after];
}
