import type { SendingState } from "../../../../client/src/index.ts";
import { FailedIcon, SentIcon, TwiceIcon, WaitingIcon } from "../ui/icons.tsx";

/** How far a message of one's own has come. */
export function Ticks({ status }: { status: SendingState }) {
  return <span class={`ticks ticks-${status}`}>{iconOf(status)}</span>;
}

function iconOf(status: SendingState) {
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
