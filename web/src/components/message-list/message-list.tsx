import { useCallback, useMemo, useRef } from "preact/hooks";
import type { Conversation, ConversationView } from "../../../../client/src/index.ts";
import { useObservable } from "../../hooks/use-observable.ts";
import { usePageVisible } from "../../hooks/use-page-visible.ts";
import { useChat } from "../../state/context.ts";
import { DownIcon } from "../ui/icons.tsx";
import { MessageRows } from "./row.tsx";
import { groupRows } from "./row-groups.ts";
import { isMessage, type Row, rowsOf } from "./rows.ts";
import { useAccess } from "./use-access.ts";
import { useLoadOlder } from "./use-load-older.ts";
import { useLongPress } from "./use-long-press.ts";
import { useMessageFocus } from "./use-message-focus.ts";
import { useStableScroll } from "./use-stable-scroll.ts";

/** Most entries that are loaded to begin with the first unread message; then the first loaded one has to do. */
const MAX_START_ENTRIES = 500;

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
  const { readSeq, unread } = useMemo(() => info ?? { readSeq: 0, unread: 0 }, [conversation, isLoaded]);
  // On a device whose clock is slow, the day of the newest message is today.
  const nowMs = Math.max(clock.nowMs(), entries.findLast(({ seq }) => seq !== undefined)?.sentAtMs ?? 0);
  const rows = useMemo(() => rowsOf(entries, { me: user, readSeq, nowMs }), [entries, user, readSeq, day]);

  const groups = useMemo(() => groupRows(rows), [rows]);
  const access = useAccess(info);
  const latestOnEdit = useRef(onEdit);
  latestOnEdit.current = onEdit;
  const edit = useCallback((seq: number) => latestOnEdit.current(seq), []);

  const list = useRef<HTMLOListElement>(null);
  const focus = useMessageFocus(list);
  const longPress = useLongPress();
  const hasMessages = entries.some((entry) => isMessage(entry) && entry.deletedAtMs === undefined);

  // What is seen is read, and only that.
  const markSeen = (index: number) => {
    if (!isVisible || info === undefined) return;
    if (index === rows.length - 1) {
      if (newestSeq > info.readSeq) conversation.markRead();
      return;
    }
    const seen = rows.findLast((row, at) => at <= index && "entry" in row && row.entry.seq !== undefined);
    const seq = seen !== undefined && "entry" in seen ? (seen.entry.seq ?? 0) : 0;
    if (seq > info.readSeq) conversation.markRead(seq);
  };

  /** True for the mark, or for the first message of others in a conversation that was never read. */
  const isStart = (row: Row) =>
    row.kind === "unread" || (readSeq === 0 && row.kind === "message" && row.entry.sender !== user);
  const newestSeq = entries.findLast(({ seq }) => seq !== undefined)?.seq ?? 0;
  const oldestSeq = entries.find(({ seq }) => seq !== undefined)?.seq ?? 0;
  const scroll = useStableScroll({
    contentKey: conversation,
    rows,
    startKey: unread > 0 ? rows.find(isStart)?.key : undefined,
    isStartMissing:
      !isLoaded || (unread > 0 && more && oldestSeq > readSeq + 1 && entries.length < MAX_START_ENTRIES),
    // Users want to see the message they have just sent.
    followLast: entries.at(-1)?.status === "queued",
    onSeen: markSeen,
  });

  const isLoading = useLoadOlder(conversation, more && scroll.nearTop);

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
        // Without messages, which can have the focus, the region must be reachable by keyboard itself.
        tabIndex={hasMessages ? -1 : 0}
        ref={scroll.element}
        onScroll={scroll.onScroll}
      >
        {more && <p class="loading-older">{isLoading ? "Loading older messages…" : ""}</p>}
        <ol ref={list} {...focus} {...longPress}>
          {groups.map(({ key, rows }) => (
            <MessageRows key={key} rows={rows} access={access} conversation={conversation} onEdit={edit} />
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
