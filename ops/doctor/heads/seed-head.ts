import { isDirect } from "../../../functions/core/log/conversation-id.ts";
import type { Head } from "../../../functions/ports/conversation-log.ts";
import type { HistoryPolicy } from "../../../protocol/index.ts";
import type { StoredConversation } from "./stored-conversation.ts";

/** Older than any version. */
const BEFORE_ALL = "000.00000000.";

/**
 * Returns a head without entries for a conversation that has lost its head, so that it can follow its segments. Undefined
 * if it cannot be known what the conversation was: a group's title and history policy are in its first entry.
 */
export function seedHead({ conversation, segments, rows }: StoredConversation): Head | undefined {
  const [first] = segments;
  const create = first?.changes.find(({ kind, seq }) => kind === "create" && seq === 1);
  if (!isDirect(conversation) && create === undefined) return undefined;
  // A block makes a conversation without entries; any other one without segments has lost its log.
  const isSilent = rows.size > 0 && [...rows.values()].every(({ silent }) => silent);
  if (first === undefined && !isSilent) return undefined;
  const { title, history = "joined" } = (create?.body ?? {}) as { title?: string; history?: HistoryPolicy };
  const ttlMs = first?.expiresAtMs === undefined ? undefined : first.expiresAtMs - first.lastSentAtMs;
  return {
    kind: isDirect(conversation) ? "direct" : "group",
    ...(title !== undefined && { title }),
    history,
    createdAtMs: first?.firstSentAtMs ?? 0,
    epoch: 1,
    epochBase: 0,
    version: BEFORE_ALL,
    tailFirst: 1,
    tail: [],
    lastSeq: 0,
    updatedAtMs: 0,
    preview: undefined,
    decided: [],
    membersVersion: 0,
    memberCount: 0,
    ownerCount: 0,
    ...(ttlMs !== undefined && { retentionSeconds: Math.round(ttlMs / 1000) }),
  };
}
