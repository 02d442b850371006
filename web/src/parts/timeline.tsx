import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Conversation, ConversationView } from "../../../client/src/index.ts";
import { useChat } from "../chat/context.ts";
import { isMessage, rowsOf } from "../chat/rows.ts";
import { describeEvent } from "../text/describe-entry.ts";
import { dayName } from "../text/time.ts";
import { DownIcon } from "./icons.tsx";
import { Message } from "./message.tsx";
import { usePageInFront } from "./use-page-in-front.ts";
import { useStableScroll } from "./use-stable-scroll.ts";

/** Older entries are asked for before the top is reached. */
const AHEAD_PX = 600;

export interface TimelineProps {
  readonly conversation: Conversation;
  readonly view: ConversationView;
  readonly onEdit: (seq: number) => void;
}

/** The entries of a conversation, the newest at the bottom. */
export function Timeline({ conversation, view, onEdit }: TimelineProps) {
  const { user, notice } = useChat();
  const { info, entries, more } = view;
  const [loading, setLoading] = useState(false);
  const inFront = usePageInFront();

  // What was unread when the thread was opened stays marked while it is looked at.
  const known = info !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: as it was when the conversation became known
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

  const loadOlder = useCallback(async () => {
    setLoading(true);
    try {
      await conversation.loadOlder();
    } catch {
      // Offline; the next scroll tries again.
    } finally {
      setLoading(false);
    }
  }, [conversation]);

  const { nearTop } = scroll;
  useEffect(() => {
    if (more && !loading && nearTop(AHEAD_PX)) void loadOlder();
  });

  const newestSeq = entries.findLast(({ seq }) => seq !== undefined)?.seq ?? 0;
  useEffect(() => {
    if (inFront && scroll.atEnd && newestSeq > (info?.readSeq ?? 0)) conversation.markRead();
  }, [conversation, inFront, scroll.atEnd, newestSeq, info?.readSeq]);

  const below = entries.filter(
    (entry) => isMessage(entry) && entry.sender !== user && (entry.seq ?? 0) > (info?.readSeq ?? 0),
  ).length;

  return (
    <div class="timeline-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reached by keys */}
      <div
        class="timeline"
        role="log"
        aria-label="Messages"
        aria-busy={loading}
        tabIndex={0}
        ref={scroll.element}
        onScroll={scroll.onScroll}
      >
        {more && <p class="older">{loading ? "Loading older messages…" : ""}</p>}
        <ol>
          {rows.map((row) => {
            switch (row.kind) {
              case "day":
                return (
                  <li key={row.key} class="day">
                    <span>{dayName(row.atMs, nowMs)}</span>
                  </li>
                );
              case "unread":
                return (
                  <li key={row.key} class="unread-mark">
                    <span>New messages</span>
                  </li>
                );
              case "event":
                return (
                  <li key={row.key} class="event">
                    {describeEvent(row.entry, user)}
                  </li>
                );
              case "message":
                return (
                  <Message
                    key={row.key}
                    entry={row.entry}
                    begins={row.begins}
                    ends={row.ends}
                    info={info}
                    conversation={conversation}
                    onEdit={onEdit}
                    onProblem={(problem) => notice.set(problem)}
                  />
                );
            }
          })}
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
