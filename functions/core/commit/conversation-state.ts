import { type HistoryPolicy, isContent } from "../../../protocol/index.ts";
import type { Conversation, ConversationKind, Head, Member, Segment } from "../../ports/conversation-log.ts";
import { previewed } from "../log/preview.ts";
import { addToDedupWindow } from "./dedup-window.ts";

/**
 * Returns the head after a segment of its log. Undefined if the segment changes more than the end of the log: its head
 * and members were then written together with it, and must be read.
 */
export function applySegment(head: Head, segment: Segment): Head | undefined {
  const last = segment.entries.at(-1);
  if (last === undefined) return head;
  if (!segment.entries.every(({ kind }) => isContent(kind))) return undefined;
  return {
    ...head,
    lastSeq: last.seq,
    updatedAtMs: last.sentAtMs,
    preview: previewed(head.preview, last),
    decided: addToDedupWindow(head.decided, segment.decided),
  };
}

interface Beginning {
  readonly kind: ConversationKind;
  readonly title?: string | undefined;
  readonly history?: HistoryPolicy | undefined;
  readonly members: readonly Member[];
  readonly epoch: number;
  readonly nowMs: number;
  readonly retentionSeconds: number | undefined;
}

/** Makes a conversation that has no entry yet. */
export function newConversation(beginning: Beginning): Conversation {
  const { kind, title, history = "joined", members, epoch, nowMs, retentionSeconds } = beginning;
  const head: Head = {
    kind,
    ...(title !== undefined && { title }),
    history,
    createdAtMs: nowMs,
    epoch,
    epochBase: 0,
    lastSeq: 0,
    updatedAtMs: 0,
    preview: undefined,
    decided: [],
    membersVersion: 1,
    memberCount: members.length,
    ownerCount: members.filter(({ role }) => role === "owner").length,
    ...(retentionSeconds !== undefined && { retentionSeconds }),
  };
  return { head, members, complete: true };
}

/** Members that a conversation begins with. */
export function initialMembers(users: readonly string[], owner?: string): Member[] {
  return [...new Set(users)].map((user) => ({
    user,
    role: user === owner ? "owner" : "member",
    ranges: [[1]],
  }));
}
