import { useEffect, useState } from "preact/hooks";
import type { ConversationInfo, Recipient } from "../../../client/src/index.ts";
import { describePreview } from "../format/describe-entry.ts";
import { shortTime } from "../format/time.ts";
import { titleOf } from "../format/title.ts";
import { useObservable } from "../hooks/use-observable.ts";
import { usePresence } from "../hooks/use-presence.ts";
import { InspectorToggle } from "../inspector/inspector-toggle.tsx";
import { hashOf } from "../state/address.ts";
import { useChat } from "../state/context.ts";
import { AccountMenu } from "./account-menu.tsx";
import { NewConversation } from "./new-conversation.tsx";
import { Avatar } from "./ui/avatar.tsx";
import { MutedIcon, PlusIcon } from "./ui/icons.tsx";

/** List of all conversations, newest first. */
export function ConversationList({ open }: { open: Recipient | undefined }) {
  const { client, user, hasInspector } = useChat();
  const inbox = useObservable(client.inbox);
  const state = useObservable(client.status);
  const presence = usePresence();
  const [composing, setComposing] = useState(false);
  const unread = inbox.reduce((sum, info) => sum + (info.muted ? 0 : info.unread), 0);

  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${user} · Parley` : `${user} · Parley`;
  }, [unread, user]);

  return (
    <nav class="conversation-list" aria-label="Conversations">
      <header>
        <AccountMenu />
        <button type="button" class="plain" aria-label="New conversation" onClick={() => setComposing(true)}>
          <PlusIcon />
        </button>
      </header>
      {inbox.length === 0 && (
        <p class="empty">
          {state === "online" ? "No conversations yet. Start one with the + above." : "One moment…"}
        </p>
      )}
      <ul onKeyDown={moveFocus}>
        {inbox.map((info) => (
          <li key={info.conversation}>
            <Row
              info={info}
              online={info.peer !== undefined && presence.get(info.peer)?.online === true}
              isOpen={isOpen(info, open)}
            />
          </li>
        ))}
      </ul>
      {hasInspector && <InspectorToggle />}
      {composing && <NewConversation onClose={() => setComposing(false)} />}
    </nav>
  );
}

interface RowProps {
  readonly info: ConversationInfo;
  readonly online: boolean;
  readonly isOpen: boolean;
}

function Row({ info, online, isOpen }: RowProps) {
  const { user, drafts } = useChat();
  const { conversation, preview, unread, muted } = info;
  const title = titleOf(info, conversation);
  const draft = isOpen ? "" : drafts.read(conversation);
  return (
    <a
      href={hashOf(conversation)}
      aria-current={isOpen ? "page" : undefined}
      class={unread > 0 ? "unread" : ""}
    >
      <Avatar name={title} online={online} />
      <span class="row-title">
        <span class="name">{title}</span>
        {online && <span class="visually-hidden">, online</span>}
        {muted && <MutedIcon label="Muted" />}
      </span>
      {preview !== undefined && <time class="row-time">{shortTime(preview.sentAtMs, Date.now())}</time>}
      <span class="row-preview">
        {draft === "" ? (
          preview !== undefined && describePreview(preview, info, user)
        ) : (
          <>
            <span class="draft">Draft:</span> {draft}
          </>
        )}
      </span>
      {unread > 0 && (
        <span class={muted ? "badge muted" : "badge"}>
          {unread > 99 ? "99+" : unread}
          <span class="visually-hidden"> unread</span>
        </span>
      )}
    </a>
  );
}

function isOpen({ conversation, peer }: ConversationInfo, open: Recipient | undefined): boolean {
  return typeof open === "object" ? peer === open.user : conversation === open;
}

/** Moves the focus between conversations with ↑ and ↓. */
function moveFocus(event: KeyboardEvent): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const item = (event.target as HTMLElement).closest("li");
  if (step === 0 || item === null) return;
  const next = step > 0 ? item.nextElementSibling : item.previousElementSibling;
  next?.querySelector("a")?.focus();
  event.preventDefault();
}
