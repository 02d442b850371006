import type { Conversation, ConversationInfo, TimelineEntry } from "../../../../client/src/index.ts";
import { clockTime } from "../../format/time.ts";
import { reasonOf } from "../../state/chat.ts";
import { useChat } from "../../state/context.ts";
import { Avatar } from "../ui/avatar.tsx";
import { LinkedText } from "../ui/linked-text.tsx";
import { MessageActions } from "./message-actions.tsx";
import { MessageStatus } from "./message-status.tsx";

export interface MessageProps {
  readonly entry: TimelineEntry;
  readonly begins: boolean;
  readonly ends: boolean;
  readonly info: ConversationInfo | undefined;
  readonly conversation: Conversation;
  readonly onEdit: (seq: number) => void;
}

export function Message({ entry, begins, ends, info, conversation, onEdit }: MessageProps) {
  const { user } = useChat();
  const { sender, sentAtMs, status, editedAtMs, deletedAtMs, error } = entry;
  const isOwn = sender === user;
  const isGroup = info?.kind === "group";
  const classes = ["message", isOwn ? "own" : "theirs", begins && "begins", ends && "ends"];
  return (
    <li class={classes.filter(Boolean).join(" ")}>
      {isGroup && !isOwn && <span class="beside">{ends && <Avatar name={sender} />}</span>}
      <article class="bubble" aria-label={isOwn ? "You" : sender}>
        {isGroup && !isOwn && begins && <p class="sender">{sender}</p>}
        <Content entry={entry} />
        <footer>
          {editedAtMs !== undefined && <span>edited</span>}
          {sentAtMs !== undefined && (
            <time dateTime={new Date(sentAtMs).toISOString()}>{clockTime(sentAtMs)}</time>
          )}
          {status !== undefined && <MessageStatus status={status} />}
        </footer>
      </article>
      {deletedAtMs === undefined && (
        <MessageActions entry={entry} info={info} conversation={conversation} onEdit={onEdit} />
      )}
      <Reactions entry={entry} conversation={conversation} />
      {status === "failed" && <Failed entry={entry} conversation={conversation} reason={reasonOf(error)} />}
    </li>
  );
}

function Content({ entry: { kind, body, deletedAtMs } }: { entry: TimelineEntry }) {
  if (deletedAtMs !== undefined) return <p class="text deleted">Deleted</p>;
  if (kind === "text") {
    return (
      <p class="text">
        <LinkedText text={(body as { text: string }).text} />
      </p>
    );
  }
  return (
    <figure class="app-entry">
      <figcaption>{kind.slice(2)}</figcaption>
      <pre>{JSON.stringify(body, null, 2)}</pre>
    </figure>
  );
}

function Reactions({ entry, conversation }: { entry: TimelineEntry; conversation: Conversation }) {
  const { user, sent } = useChat();
  const { reactions, seq } = entry;
  if (reactions === undefined || seq === undefined) return null;
  return (
    <ul class="reactions" aria-label="Reactions">
      {Object.entries(reactions).map(([key, users]) => {
        const isMine = users.includes(user);
        return (
          <li key={key}>
            <button
              type="button"
              aria-pressed={isMine}
              title={users.join(", ")}
              onClick={() => {
                if (isMine) conversation.unreact(seq, key);
                else conversation.react(seq, key);
                sent();
              }}
            >
              {key} <span class="tally">{users.length}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

interface FailedProps {
  readonly entry: TimelineEntry;
  readonly conversation: Conversation;
  readonly reason: string;
}

function Failed({ entry: { id, kind, body }, conversation, reason }: FailedProps) {
  const { sent } = useChat();
  const again = () => {
    conversation.discard(id);
    if (kind === "text") conversation.send((body as { text: string }).text);
    else conversation.send({ kind: kind as `x.${string}`, body });
    sent();
  };
  return (
    <p class="failed">
      Not sent. {reason}{" "}
      <button type="button" class="link" onClick={again}>
        Try again
      </button>{" "}
      <button type="button" class="link" onClick={() => conversation.discard(id)}>
        Discard
      </button>
    </p>
  );
}
