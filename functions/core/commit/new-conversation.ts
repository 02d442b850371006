import type { HistoryPolicy } from "../../../protocol/index.ts";
import type { Conversation, ConversationKind, Head, Member } from "../../ports/conversation-log.ts";
import { firstVersion } from "../log/head-version.ts";

interface Beginning {
  readonly kind: ConversationKind;
  readonly title?: string | undefined;
  readonly titleBy?: string | undefined;
  readonly history?: HistoryPolicy | undefined;
  readonly members: readonly Member[];
  readonly epoch: number;
  readonly nowMs: number;
  readonly retentionSeconds: number | undefined;
}

/** Makes a conversation that has no entry yet. */
export function newConversation(beginning: Beginning): Conversation {
  const { kind, title, titleBy, history = "joined", members, epoch, nowMs, retentionSeconds } = beginning;
  const head: Head = {
    kind,
    ...(title !== undefined && { title, ...(titleBy !== undefined && { titleBy }) }),
    history,
    createdAtMs: nowMs,
    epoch,
    epochBase: 0,
    version: firstVersion(epoch),
    tailFirst: 1,
    tail: [],
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
