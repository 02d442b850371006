import type { MessageState } from "../../../../client/src/index.ts";
import { AlertIcon, CheckIcon, ClockIcon, DoubleCheckIcon } from "../ui/icons.tsx";

/** Icon for the delivery status of the user's own message. */
export function MessageStatus({ status }: { status: MessageState }) {
  return <span class={`message-status message-status-${status}`}>{iconOf(status)}</span>;
}

function iconOf(status: MessageState) {
  switch (status) {
    case "queued":
      return <ClockIcon label="Waiting to be sent" />;
    case "sent":
      return <CheckIcon label="Sent" />;
    case "delivered":
      return <DoubleCheckIcon label="Delivered" />;
    case "read":
      return <DoubleCheckIcon label="Read" />;
    case "failed":
      return <AlertIcon label="Not sent" />;
  }
}
