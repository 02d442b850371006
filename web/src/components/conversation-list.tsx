import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Recipient, Unsent } from "../../../client/src/index.ts";
import { isolatedName, isolatedText } from "../../../client/src/ui.ts";
import { describePreview } from "../format/describe-entry.ts";
import { shortTime } from "../format/time.ts";
import { colorKeyOf, titleOf } from "../format/title.ts";
import { useDraftChanges } from "../hooks/use-draft-changes.ts";
import { useIsOnline } from "../hooks/use-is-online.ts";
import { useObservable } from "../hooks/use-observable.ts";
import { usePresence } from "../hooks/use-presence.ts";
import { useRovingFocus } from "../hooks/use-roving-focus.ts";
import { useVisibleItems } from "../hooks/use-visible-items.ts";
import { InspectorToggle } from "../inspector/inspector-toggle.tsx";
import { hashOf } from "../state/address.ts";
import { useChat } from "../state/context.ts";
import { AccountMenu } from "./account-menu.tsx";
import { type ConversationRow, isOpenRow, rowsOf } from "./conversation-rows.ts";
import { LookAlikeMark } from "./look-alike-mark.tsx";
import { Avatar } from "./ui/avatar.tsx";
import { ErrorBoundary } from "./ui/error-boundary.tsx";
import { AlertIcon, ClockIcon, MutedIcon, PlusIcon } from "./ui/icons.tsx";

/** Highest number of unread messages that is shown: the server counts no further. */
const MAX_SHOWN_UNREAD = 99;

export interface ConversationListProps {
  readonly open: Recipient | undefined;
  /** Called when the user wants to start a conversation. */
  readonly onNew: () => void;
  /** Called with the peers of the rows in sight, when they have changed. */
  readonly onPeersInSight: (peers: readonly string[]) => void;
}

/** List of all conversations: those with unsent messages, then the others, newest first. */
export function ConversationList({ open, onNew, onPeersInSight }: ConversationListProps) {
  const { client, user, hasInspector } = useChat();
  const inbox = useObservable(client.inbox);
  const unsent = useObservable(client.unsent);
  const isOnline = useIsOnline();
  const state = useObservable(client.status);
  const presence = usePresence();
  const list = useRef<HTMLUListElement>(null);
  const rows = useMemo(() => rowsOf(inbox, unsent), [inbox, unsent]);
  const openKey = rows.find((row) => isOpenRow(row, open))?.key;
  const roving = useRovingFocus(
    list,
    rows.map(({ key }) => key),
    openKey,
  );
  const unread = inbox.reduce((sum, info) => sum + (info.muted ? 0 : info.unread), 0);

  useEffect(() => {
    document.title = `${unread > 0 ? `(${shownCount(unread)}) ` : ""}${isolatedName(user)} · Parley`;
  }, [unread, user]);

  useVisibleItems(list, rows, (visible) => {
    onPeersInSight(visible.flatMap(({ info }) => (info?.peer === undefined ? [] : [info.peer])));
  });

  return (
    <nav class="conversation-list" aria-label="Conversations">
      <header>
        <AccountMenu />
        <button type="button" class="plain" aria-label="New conversation" onClick={onNew}>
          <PlusIcon />
        </button>
      </header>
      {rows.length === 0 && <Empty isOnline={isOnline} isConnecting={state === "connecting"} onNew={onNew} />}
      <ul ref={list} {...roving.listProps}>
        {rows.map((row) => (
          <li key={row.key}>
            <ErrorBoundary
              contentKey={row}
              fallback={<p class="empty">This conversation cannot be shown.</p>}
            >
              <Row
                row={row}
                online={row.info?.peer !== undefined && presence.get(row.info.peer)?.online === true}
                isOpen={row.key === openKey}
                isTabStop={row.key === roving.tabStop}
              />
            </ErrorBoundary>
          </li>
        ))}
      </ul>
      {hasInspector && <InspectorToggle />}
    </nav>
  );
}

interface EmptyProps {
  readonly isOnline: boolean;
  readonly isConnecting: boolean;
  readonly onNew: () => void;
}

function Empty({ isOnline, isConnecting, onNew }: EmptyProps) {
  if (!isOnline)
    return <p class="empty">{isConnecting ? "Loading…" : "Conversations need a connection to be loaded."}</p>;
  return (
    <div class="empty">
      <p>No conversations yet.</p>
      <button type="button" class="primary" onClick={onNew}>
        Start a conversation
      </button>
    </div>
  );
}

interface RowProps {
  readonly row: ConversationRow;
  readonly online: boolean;
  readonly isOpen: boolean;
  readonly isTabStop: boolean;
}

/** Rendered again only if something that it shows has changed: a list may have thousands of rows. */
function Row({ row, online, isOpen, isTabStop }: RowProps) {
  const { user, drafts, clock } = useChat();
  const day = useObservable(clock.day);
  const { recipient, info, unsent } = row;
  useDraftChanges(row.key);
  const draft = isOpen ? "" : drafts.read(row.key);
  return useMemo(() => {
    const title = titleOf(info, recipient);
    const { preview, unread = 0, muted = false } = info ?? {};
    return (
      <a
        href={hashOf(recipient)}
        aria-current={isOpen ? "page" : undefined}
        class={unread > 0 ? "unread" : ""}
        tabIndex={isTabStop ? 0 : -1}
      >
        <Avatar name={title} colorKey={colorKeyOf(info, recipient)} online={online} />
        <span class="row-title">
          <bdi class="name">{title}</bdi>
          <LookAlikeMark user={info?.peer} />
          {online && <span class="visually-hidden">, online</span>}
          {muted && <MutedIcon label="Muted" />}
        </span>
        {unsent !== undefined ? (
          <UnsentStatus unsent={unsent} />
        ) : (
          preview !== undefined && (
            <time class="row-time" dateTime={new Date(preview.sentAtMs).toISOString()}>
              {shortTime(preview.sentAtMs, clock.nowMs())}
            </time>
          )
        )}
        <span class="row-preview" dir="auto">
          {draft === "" ? (
            previewText(row, user)
          ) : (
            <>
              <span class="draft">Draft:</span> {isolatedText(draft)}
            </>
          )}
        </span>
        {unread > 0 && (
          <span class={muted ? "badge muted" : "badge"}>
            {shownCount(unread)}
            <span class="visually-hidden"> unread</span>
          </span>
        )}
      </a>
    );
  }, [row.key, info, unsent, online, isOpen, isTabStop, draft, day, user]);
}

/** Stands in the place of the time. */
function UnsentStatus({ unsent: { status } }: { unsent: Unsent }) {
  return (
    <span class={`row-time row-status-${status}`}>
      {status === "queued" ? <ClockIcon label="Waiting to be sent" /> : <AlertIcon label="Not sent" />}
    </span>
  );
}

function previewText({ info, unsent }: ConversationRow, user: string): string {
  if (unsent !== undefined) {
    const { kind, body } = unsent.entry;
    const { text } = (body ?? {}) as { text?: string };
    return describePreview({ sender: user, kind, text }, info, user);
  }
  return info?.preview === undefined ? "" : describePreview(info.preview, info, user);
}

function shownCount(unread: number): string {
  return unread > MAX_SHOWN_UNREAD ? `${MAX_SHOWN_UNREAD}+` : String(unread);
}
