import type { Conversation, MessageState, TimelineEntry } from "@parley/client";
import { memo } from "react";

const TICKS: Record<MessageState, string> = {
  queued: "…",
  sent: "✓",
  delivered: "✓✓",
  read: "✓✓",
  failed: "✗",
};

interface Props {
  readonly entry: TimelineEntry;
  readonly conversation: Conversation;
  /** True in a direct conversation, where the side of a message shows its sender. */
  readonly isDirect: boolean;
}

/** A message. An entry is the same object until something in it changes, so most are rendered once. */
export const Message = memo(function Message({ entry, conversation, isDirect }: Props) {
  const { id, sender, status, error, editedAtMs } = entry;
  return (
    <li className={status && "own"}>
      {status === undefined && !isDirect && <strong>{sender} </strong>}
      {textOf(entry)}
      {editedAtMs !== undefined && <small> edited</small>}
      {status && (
        <span role="img" className={status} aria-label={status}>
          {TICKS[status]}
        </span>
      )}
      {error && (
        <button type="button" onClick={() => conversation.discard(id)}>
          {error.message} Discard
        </button>
      )}
    </li>
  );
});

function textOf({ kind, body, deletedAtMs }: TimelineEntry): string {
  if (deletedAtMs !== undefined) return "deleted";
  return kind === "text" ? (body as { text: string }).text : kind;
}
