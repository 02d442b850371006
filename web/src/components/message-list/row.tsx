import type { Conversation, ConversationInfo } from "../../../../client/src/index.ts";
import { describeEvent } from "../../format/describe-entry.ts";
import { dayName } from "../../format/time.ts";
import { useChat } from "../../state/context.ts";
import { Message } from "./message.tsx";
import type { Row } from "./rows.ts";

export interface RowProps {
  readonly row: Row;
  readonly nowMs: number;
  readonly info: ConversationInfo | undefined;
  readonly conversation: Conversation;
  readonly onEdit: (seq: number) => void;
}

/** Row of the message list: a message, an event, a day or the mark of the unread messages. */
export function MessageRow({ row, nowMs, info, conversation, onEdit }: RowProps) {
  const { user } = useChat();
  switch (row.kind) {
    case "day":
      return (
        <li class="day">
          <span>{dayName(row.atMs, nowMs)}</span>
        </li>
      );
    case "unread":
      return (
        <li class="unread-mark">
          <span>New messages</span>
        </li>
      );
    case "event":
      return <li class="event">{describeEvent(row.entry, user)}</li>;
    case "message":
      return (
        <Message
          entry={row.entry}
          startsBlock={row.startsBlock}
          endsBlock={row.endsBlock}
          info={info}
          conversation={conversation}
          onEdit={onEdit}
        />
      );
  }
}
