import { useEffect, useState } from "preact/hooks";
import type { ConversationInfo, PresenceView, Recipient } from "../../../client/src/index.ts";
import { isDeletedAccount, isolatedName, recipientKey } from "../../../client/src/ui.ts";
import { ago } from "../format/time.ts";
import { colorKeyOf, titleOf } from "../format/title.ts";
import { useDraftChanges } from "../hooks/use-draft-changes.ts";
import { useIsOnline } from "../hooks/use-is-online.ts";
import { useObservable } from "../hooks/use-observable.ts";
import { usePresence } from "../hooks/use-presence.ts";
import { hashOf } from "../state/address.ts";
import { useChat } from "../state/context.ts";
import { nameById, navigateTo } from "../state/route.ts";
import { Composer } from "./composer.tsx";
import { ComposerDisabled } from "./composer-disabled.tsx";
import { ConversationDetails } from "./conversation-details.tsx";
import { LookAlikeMark } from "./look-alike-mark.tsx";
import { MessageList } from "./message-list/message-list.tsx";
import { isMessage } from "./message-list/rows.ts";
import { Avatar } from "./ui/avatar.tsx";
import { ErrorBoundary } from "./ui/error-boundary.tsx";
import { BackIcon, MoreIcon } from "./ui/icons.tsx";

/** An open conversation: its header, messages and composer. */
export function Conversation({ recipient }: { recipient: Recipient }) {
  const { client, user, drafts } = useChat();
  const conversation = client.conversation(recipient);
  const view = useObservable(conversation.view);
  const presence = usePresence();
  const [showsDetails, setShowsDetails] = useState(false);
  const { info } = view;
  const { id } = conversation;
  const draftKey = recipientKey(recipient);
  useDraftChanges(draftKey);
  const editing = drafts.readEdit(draftKey);
  const isSynced = useObservable(client.status) === "online";
  const isMissing = isSynced && info === undefined && typeof recipient === "string";
  const title = titleOf(info, recipient);
  const peer =
    info?.kind === "group"
      ? undefined
      : presence.get(info?.peer ?? (typeof recipient === "string" ? "" : recipient.user));

  useEffect(() => {
    if (id !== undefined) nameById(recipient, id);
  }, [id]);

  const edit = (edited: number | undefined) => {
    const entry = view.entries.find(({ seq }) => seq !== undefined && seq === edited);
    if (edited === undefined || entry === undefined) return;
    const { text } = entry.body as { readonly text: string };
    drafts.beginEdit(draftKey, { seq: edited, original: text, text });
  };

  /** Edits the newest text message of the user. */
  const editLast = () =>
    edit(
      view.entries.findLast(
        ({ sender, kind, seq, deletedAtMs }) =>
          sender === user && kind === "text" && seq !== undefined && deletedAtMs === undefined,
      )?.seq,
    );

  // The message may be deleted meanwhile, or not be loaded yet.
  const editedSeq = editing?.seq;
  const isEditedGone =
    editedSeq !== undefined &&
    view.entries.some(({ seq, deletedAtMs }) => seq === editedSeq && deletedAtMs !== undefined);
  useEffect(() => {
    if (isEditedGone) drafts.endEdit(draftKey);
  }, [isEditedGone]);

  if (isMissing) {
    return (
      <main class="empty-state">
        <h1>There is no such conversation, or you are not in it.</h1>
        <p>
          <a href={hashOf(undefined)}>Back to the list</a>
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
        <div class="identity">
          <Avatar name={title} colorKey={colorKeyOf(info, recipient)} online={peer?.online} />
          <div class="heading">
            <h1>
              {info === undefined ? (
                <bdi>{title}</bdi>
              ) : (
                <button type="button" class="name" onClick={() => setShowsDetails(true)}>
                  <bdi>{title}</bdi>
                </button>
              )}
              <LookAlikeMark user={typeof recipient === "string" ? info?.peer : recipient.user} />
            </h1>
            <ErrorBoundary contentKey={view} fallback={null}>
              <Subtitle info={info} presence={presence} />
            </ErrorBoundary>
          </div>
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
      <MessageList conversation={conversation} view={view} onEdit={edit} />
      <Typing users={view.typing} />
      {info !== undefined && (info.left || info.blocking || isDeletedAccount(info.peer)) ? (
        <ComposerDisabled info={info} />
      ) : (
        <Composer
          conversation={conversation}
          draftKey={draftKey}
          label={`Message to ${title}`}
          editing={editing}
          onEditLast={view.entries.some(isMessage) ? editLast : undefined}
        />
      )}
      {showsDetails && info !== undefined && (
        <ConversationDetails info={info} conversation={conversation} onClose={() => setShowsDetails(false)} />
      )}
    </main>
  );
}

interface SubtitleProps {
  readonly info: ConversationInfo | undefined;
  readonly presence: PresenceView;
}

/** Line below the title: presence of the other user, or number of members. Nothing if it is not known. */
function Subtitle({ info, presence }: SubtitleProps) {
  const { client, clock } = useChat();
  const nowMs = useObservable(clock.minute);
  const isOnline = useIsOnline();
  const isConnecting = useObservable(client.status) === "connecting";
  const parts =
    info === undefined ? unloadedParts(isOnline || isConnecting) : subtitleParts(info, presence, nowMs);
  if (parts.length === 0) return null;
  return (
    <p class="subtitle">
      {parts.map((part, index) => (
        <span key={part}>
          {index > 0 && ", "}
          {part}
        </span>
      ))}
    </p>
  );
}

function unloadedParts(willLoad: boolean): string[] {
  return willLoad ? [] : ["Not loaded: there is no connection"];
}

function subtitleParts(
  { kind, left, memberCount, receipts, peer }: ConversationInfo,
  presence: PresenceView,
  nowMs: number,
): string[] {
  if (kind === "group") {
    if (left || memberCount === undefined) return [];
    const others = receipts.filter(({ user }) => presence.get(user)?.online).length;
    const members = `${memberCount} ${memberCount === 1 ? "member" : "members"}`;
    // This user is online, too.
    return others === 0 ? [members] : [members, `${others + 1} online`];
  }
  const seen = presence.get(peer ?? "");
  if (seen === undefined) return [];
  if (seen.online) return ["online"];
  return [seen.lastSeenAtMs === undefined ? "offline" : `last seen ${ago(seen.lastSeenAtMs, nowMs)}`];
}

function Typing({ users }: { users: readonly string[] }) {
  const verb = users.length === 1 ? "is" : "are";
  return (
    <p class="typing" role="status">
      {users.length > 0 && (
        <>
          {users.length > 3 ? "Several people" : new Intl.ListFormat("en").format(users.map(isolatedName))}{" "}
          {verb} typing
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
