import type { Conversation } from "../../../../client/src/index.ts";
import { describeEvent } from "../../format/describe-entry.ts";
import { dayName } from "../../format/time.ts";
import { useChat } from "../../state/context.ts";
import { ErrorBoundary } from "../ui/error-boundary.tsx";
import { isShallowEqual, memo } from "../ui/memo.ts";
import { Message } from "./message.tsx";
import type { Row } from "./rows.ts";
import type { Access } from "./use-access.ts";

/** Properties that all rows share: the same objects until something in them has changed. */
interface Surroundings {
  readonly access: Access;
  readonly conversation: Conversation;
  readonly onEdit: (seq: number) => void;
}

interface RowProps extends Surroundings {
  readonly row: Row;
}

/** Row of the message list: a message, an event, a day or the mark of the unread messages. */
const MessageRow = memo(
  (props: RowProps) => (
    <ErrorBoundary
      contentKey={props.row}
      fallback={"entry" in props.row && <li class="event">A message is here that this page cannot show.</li>}
    >
      <RowContent {...props} />
    </ErrorBoundary>
  ),
  ({ row, ...others }, { row: nextRow, ...nextOthers }) =>
    isShallowEqual(row, nextRow) && isShallowEqual(others, nextOthers),
);

export interface MessageRowsProps extends Surroundings {
  readonly rows: readonly Row[];
}

/** Group of rows. Renders those that have changed. */
export const MessageRows = memo(
  ({ rows, ...surroundings }: MessageRowsProps) => (
    <>
      {rows.map((row) => (
        <MessageRow key={row.key} row={row} {...surroundings} />
      ))}
    </>
  ),
  ({ rows, ...others }, { rows: nextRows, ...nextOthers }) =>
    rows.length === nextRows.length &&
    rows.every((row, index) => isShallowEqual(row, nextRows[index] as Row)) &&
    isShallowEqual(others, nextOthers),
);

function RowContent({ row, ...surroundings }: RowProps) {
  const { user } = useChat();
  switch (row.kind) {
    case "day":
      return (
        <li class="day">
          <span>{dayName(row.atMs, row.todayMs)}</span>
        </li>
      );
    case "unread":
      return (
        <li class="unread-mark">
          <span>New messages</span>
        </li>
      );
    case "event":
      return <li class="event">{describeEvent(row.entry, user)}</li>;
    case "message":
      return (
        <Message
          entry={row.entry}
          startsBlock={row.startsBlock}
          endsBlock={row.endsBlock}
          {...surroundings}
        />
      );
  }
}
