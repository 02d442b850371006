import { useEffect, useMemo } from "preact/hooks";
import type { Conversation, ConversationView } from "../../../../client/src/index.ts";
import { useObservable } from "../../hooks/use-observable.ts";
import { usePageVisible } from "../../hooks/use-page-visible.ts";
import { useChat } from "../../state/context.ts";
import { DownIcon } from "../ui/icons.tsx";
import { MessageRow } from "./row.tsx";
import { isMessage, rowsOf } from "./rows.ts";
import { useLoadOlder } from "./use-load-older.ts";
import { useStableScroll } from "./use-stable-scroll.ts";

export interface MessageListProps {
  readonly conversation: Conversation;
  readonly view: ConversationView;
  readonly onEdit: (seq: number) => void;
}

/** Entries of a conversation, newest at the bottom. */
export function MessageList({ conversation, view, onEdit }: MessageListProps) {
  const { user, clock } = useChat();
  const day = useObservable(clock.day);
  const { info, entries, more } = view;
  const isVisible = usePageVisible();

  // Read once, as soon as the conversation is loaded: the first unread message stays marked while the user reads on.
  const isLoaded = info !== undefined;
  const readSeq = useMemo(() => info?.readSeq ?? 0, [conversation, isLoaded]);
  // On a device whose clock is slow, the day of the newest message is today.
  const nowMs = Math.max(clock.nowMs(), entries.findLast(({ seq }) => seq !== undefined)?.sentAtMs ?? 0);
  const rows = useMemo(() => rowsOf(entries, { me: user, readSeq, nowMs }), [entries, user, readSeq, day]);

  const newest = entries.at(-1);
  const scroll = useStableScroll({
    contentKey: conversation,
    firstKey: rows.find(({ kind }) => kind !== "day")?.key,
    lastKey: newest?.id,
    // Users want to see the message they have just sent.
    followLast: newest?.status === "queued",
  });

  const isLoading = useLoadOlder(conversation, more && scroll.nearTop);

  const newestSeq = entries.findLast(({ seq }) => seq !== undefined)?.seq ?? 0;
  useEffect(() => {
    if (isVisible && scroll.atEnd && newestSeq > (info?.readSeq ?? 0)) conversation.markRead();
  }, [conversation, isVisible, scroll.atEnd, newestSeq, info?.readSeq]);

  const unreadCount = entries.filter(
    (entry) => isMessage(entry) && entry.sender !== user && (entry.seq ?? 0) > (info?.readSeq ?? 0),
  ).length;

  return (
    <div class="message-list">
      <div
        class="message-scroller"
        role="log"
        aria-label="Messages"
        aria-busy={isLoading}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        ref={scroll.element}
        onScroll={scroll.onScroll}
      >
        {more && <p class="loading-older">{isLoading ? "Loading older messages…" : ""}</p>}
        <ol>
          {rows.map((row) => (
            <MessageRow
              key={row.key}
              row={row}
              nowMs={nowMs}
              info={info}
              conversation={conversation}
              onEdit={onEdit}
            />
          ))}
        </ol>
      </div>
      {!scroll.atEnd && (
        <button
          type="button"
          class="scroll-to-end"
          aria-label="To the newest message"
          onClick={scroll.goToEnd}
        >
          {unreadCount > 0 && <span class="badge">{unreadCount}</span>}
          <DownIcon />
        </button>
      )}
    </div>
  );
}
