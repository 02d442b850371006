import { useEffect, useMemo, useState } from "preact/hooks";
import type { ConversationInfo, Recipient, UserPresence } from "../../../client/src/index.ts";
import { recipientKey } from "../../../client/src/ui.ts";
import { ago } from "../format/time.ts";
import { titleOf } from "../format/title.ts";
import { useObservable } from "../hooks/use-observable.ts";
import { usePresence } from "../hooks/use-presence.ts";
import { hashOf } from "../state/address.ts";
import { useChat } from "../state/context.ts";
import { navigateTo, replaceAddress } from "../state/route.ts";
import { Composer } from "./composer.tsx";
import { ComposerDisabled } from "./composer-disabled.tsx";
import { ConversationDetails } from "./conversation-details.tsx";
import { MessageList } from "./message-list/message-list.tsx";
import { isMessage } from "./message-list/rows.ts";
import { Avatar } from "./ui/avatar.tsx";
import { BackIcon, MoreIcon } from "./ui/icons.tsx";

/** An open conversation: its header, messages and composer. */
export function Conversation({ recipient }: { recipient: Recipient }) {
  const { client, user } = useChat();
  const conversation = client.conversation(recipient);
  const view = useObservable(conversation.view);
  const presence = usePresence();
  const [editing, setEditing] = useState<number>();
  const [showsDetails, setShowsDetails] = useState(false);
  const { info } = view;
  const { id } = conversation;
  const isOnline = useObservable(client.status) === "online";
  const isMissing = isOnline && info === undefined && typeof recipient === "string";
  const title = titleOf(info, recipient);
  const peer = info?.kind === "group" ? undefined : presence.get(title);

  useEffect(() => {
    if (id !== undefined) replaceAddress(id);
  }, [id]);

  const editedText = useMemo(() => {
    const body = view.entries.find(({ seq }) => seq !== undefined && seq === editing)?.body;
    return (body as { text?: string } | null | undefined)?.text;
  }, [view, editing]);
  useEffect(() => {
    if (editing !== undefined && editedText === undefined) setEditing(undefined);
  }, [editing, editedText]);

  /** Edits the newest text message of the user. */
  const editLast = () =>
    setEditing(
      view.entries.findLast(
        ({ sender, kind, seq, deletedAtMs }) =>
          sender === user && kind === "text" && seq !== undefined && deletedAtMs === undefined,
      )?.seq,
    );

  if (isMissing) {
    return (
      <main class="empty-state">
        <h1>There is no such conversation, or you are not in it.</h1>
        <p>
          <a href={hashOf(undefined)}>To the list</a>
        </p>
      </main>
    );
  }
  return (
    <main class="conversation" aria-label={`Conversation: ${title}`}>
      <header>
        <button
          type="button"
          class="plain back"
          aria-label="Back to the list"
          onClick={() => navigateTo(undefined)}
        >
          <BackIcon />
        </button>
        <Avatar name={title} online={peer?.online} />
        <div class="heading">
          <h1>{title}</h1>
          <p class="subtitle">{subtitleOf(info, peer, isOnline)}</p>
        </div>
        <button
          type="button"
          class="plain"
          aria-label="About this conversation"
          disabled={info === undefined}
          onClick={() => setShowsDetails(true)}
        >
          <MoreIcon />
        </button>
      </header>
      <MessageList conversation={conversation} view={view} onEdit={setEditing} />
      <Typing users={view.typing} />
      {info?.left || info?.blocking ? (
        <ComposerDisabled info={info} />
      ) : (
        <Composer
          conversation={conversation}
          draftKey={recipientKey(id ?? recipient)}
          label={`Message to ${title}`}
          editing={
            editing === undefined || editedText === undefined ? undefined : { seq: editing, text: editedText }
          }
          onEditDone={() => setEditing(undefined)}
          onEditLast={view.entries.some(isMessage) ? editLast : undefined}
        />
      )}
      {showsDetails && info !== undefined && (
        <ConversationDetails info={info} conversation={conversation} onClose={() => setShowsDetails(false)} />
      )}
    </main>
  );
}

function subtitleOf(
  info: ConversationInfo | undefined,
  peer: UserPresence | undefined,
  isOnline: boolean,
): string {
  if (info === undefined) return isOnline ? "" : "Not loaded: there is no connection";
  const { kind, left, memberCount } = info;
  if (kind === "group") {
    if (left || memberCount === undefined) return "";
    return `${memberCount} ${memberCount === 1 ? "member" : "members"}`;
  }
  if (peer === undefined) return "";
  if (peer.online) return "online";
  return peer.lastSeenAtMs === undefined ? "offline" : `last seen ${ago(peer.lastSeenAtMs, Date.now())}`;
}

function Typing({ users }: { users: readonly string[] }) {
  const verb = users.length === 1 ? "is" : "are";
  return (
    <p class="typing" role="status">
      {users.length > 0 && (
        <>
          {users.length > 3 ? "Several people" : new Intl.ListFormat("en").format(users)} {verb} typing
          <span class="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
        </>
      )}
    </p>
  );
}
