import type { MessageState } from "../../../../client/src/index.ts";
import { FailedIcon, SentIcon, TwiceIcon, WaitingIcon } from "../ui/icons.tsx";

/** How far a message of one's own has come. */
export function MessageStatus({ status }: { status: MessageState }) {
  return <span class={`ticks ticks-${status}`}>{iconOf(status)}</span>;
}

function iconOf(status: MessageState) {
  switch (status) {
    case "queued":
      return <WaitingIcon label="Waiting to be sent" />;
    case "sent":
      return <SentIcon label="Sent" />;
    case "delivered":
      return <TwiceIcon label="Delivered" />;
    case "read":
      return <TwiceIcon label="Read" />;
    case "failed":
      return <FailedIcon label="Not sent" />;
  }
}
