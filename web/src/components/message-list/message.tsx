import type { Conversation, TimelineEntry } from "../../../../client/src/index.ts";
import { displayName, isolatedName, isRightToLeft, withoutBidiControls } from "../../../../client/src/ui.ts";
import { readableJson } from "../../format/readable-json.ts";
import { clockTime } from "../../format/time.ts";
import { errorText } from "../../state/chat.ts";
import { useChat } from "../../state/context.ts";
import { LookAlikeMark } from "../look-alike-mark.tsx";
import { Avatar } from "../ui/avatar.tsx";
import { LinkedText } from "../ui/linked-text.tsx";
import { Name } from "../ui/name.tsx";
import { MessageActions } from "./message-actions.tsx";
import { MessageStatus } from "./message-status.tsx";
import type { Access } from "./use-access.ts";

export interface MessageProps {
  readonly entry: TimelineEntry;
  readonly startsBlock: boolean;
  readonly endsBlock: boolean;
  readonly access: Access;
  readonly conversation: Conversation;
  readonly onEdit: (seq: number) => void;
}

/** A message with its status, actions and reactions. */
export function Message({ entry, startsBlock, endsBlock, access, conversation, onEdit }: MessageProps) {
  const { user } = useChat();
  const { sender, sentAtMs, status, editedAtMs, deletedAtMs, error, body } = entry;
  const isOwn = sender === user;
  const { isGroup } = access;
  const { text = "" } = (body ?? {}) as { text?: string };
  const classes = [
    "message",
    isOwn ? "own" : "theirs",
    startsBlock && "block-start",
    endsBlock && "block-end",
    isRightToLeft(text) && "right-to-left",
  ];
  return (
    <li class={classes.filter(Boolean).join(" ")}>
      {isGroup && !isOwn && <span class="avatar-slot">{endsBlock && <Avatar name={sender} />}</span>}
      <article class="bubble" aria-label={isOwn ? "You" : displayName(sender)}>
        {isGroup && !isOwn && startsBlock && (
          <p class="sender">
            <Name of={sender} />
            <LookAlikeMark user={sender} />
          </p>
        )}
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
        <MessageActions entry={entry} access={access} conversation={conversation} onEdit={onEdit} />
      )}
      <Reactions entry={entry} conversation={conversation} />
      {status === "failed" && (
        <SendFailed entry={entry} conversation={conversation} reason={errorText(error)} />
      )}
    </li>
  );
}

function Content({ entry: { kind, body, deletedAtMs } }: { entry: TimelineEntry }) {
  if (deletedAtMs !== undefined) return <p class="text deleted">Deleted</p>;
  if (kind === "text") {
    return (
      <p class="text" dir="auto">
        <LinkedText text={(body as { text: string }).text} />
      </p>
    );
  }
  return (
    <figure class="app-entry">
      <figcaption>
        <Name of={kind.slice("x.".length)} />
      </figcaption>
      <pre dir="auto">{withoutBidiControls(readableJson(body))}</pre>
    </figure>
  );
}

function Reactions({ entry, conversation }: { entry: TimelineEntry; conversation: Conversation }) {
  const { user, updatePendingCount } = useChat();
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
              tabIndex={-1}
              aria-pressed={isMine}
              title={users.map(isolatedName).join(", ")}
              onClick={() => {
                if (isMine) conversation.unreact(seq, key);
                else conversation.react(seq, key);
                updatePendingCount();
              }}
            >
              <bdi>{displayName(key)}</bdi> <span class="reaction-count">{users.length}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

interface SendFailedProps {
  readonly entry: TimelineEntry;
  readonly conversation: Conversation;
  readonly reason: string;
}

function SendFailed({ entry: { id, kind, body }, conversation, reason }: SendFailedProps) {
  const { updatePendingCount } = useChat();
  const resend = () => {
    conversation.discard(id);
    if (kind === "text") conversation.send((body as { text: string }).text);
    else conversation.send({ kind: kind as `x.${string}`, body });
    updatePendingCount();
  };
  return (
    <p class="send-failed">
      Not sent. {reason}{" "}
      <button type="button" class="link" tabIndex={-1} onClick={resend}>
        Try again
      </button>{" "}
      <button type="button" class="link" tabIndex={-1} onClick={() => conversation.discard(id)}>
        Discard
      </button>
    </p>
  );
}
