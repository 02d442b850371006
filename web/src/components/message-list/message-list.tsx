import { useEffect, useMemo } from "preact/hooks";
import type { Conversation, ConversationView } from "../../../../client/src/index.ts";
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

/** The entries of a conversation, the newest at the bottom. */
export function MessageList({ conversation, view, onEdit }: MessageListProps) {
  const { user } = useChat();
  const { info, entries, more } = view;
  const inFront = usePageVisible();

  // What was unread when the thread was opened stays marked while it is looked at.
  const known = info !== undefined;
  // As it was when the conversation became known.
  const readSeq = useMemo(() => info?.readSeq ?? 0, [conversation, known]);
  const nowMs = Date.now();
  const rows = useMemo(() => rowsOf(entries, { me: user, readSeq, nowMs }), [entries, user, readSeq]);

  const newest = entries.at(-1);
  const scroll = useStableScroll({
    key: conversation,
    first: rows.find(({ kind }) => kind !== "day")?.key,
    last: newest?.id,
    // What one writes oneself one wants to see.
    toEnd: newest?.status === "queued",
  });

  const loading = useLoadOlder(conversation, more && scroll.nearTop);

  const newestSeq = entries.findLast(({ seq }) => seq !== undefined)?.seq ?? 0;
  useEffect(() => {
    if (inFront && scroll.atEnd && newestSeq > (info?.readSeq ?? 0)) conversation.markRead();
  }, [conversation, inFront, scroll.atEnd, newestSeq, info?.readSeq]);

  const below = entries.filter(
    (entry) => isMessage(entry) && entry.sender !== user && (entry.seq ?? 0) > (info?.readSeq ?? 0),
  ).length;

  return (
    <div class="timeline-frame">
      <div
        class="timeline"
        role="log"
        aria-label="Messages"
        aria-busy={loading}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        tabIndex={0}
        ref={scroll.element}
        onScroll={scroll.onScroll}
      >
        {more && <p class="older">{loading ? "Loading older messages…" : ""}</p>}
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
        <button type="button" class="to-end" aria-label="To the newest message" onClick={scroll.goToEnd}>
          {below > 0 && <span class="count">{below}</span>}
          <DownIcon />
        </button>
      )}
    </div>
  );
}
