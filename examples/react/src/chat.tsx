import type { ConversationInfo, Recipient } from "@parley/client";
import { useState } from "react";
import { useObservable, useParley } from "./parley.tsx";
import { nameOf, Thread } from "./thread.tsx";

/** The conversations, those with the newest entries first, and the open one. */
export function Chat() {
  const client = useParley();
  const status = useObservable(client.status);
  const inbox = useObservable(client.inbox);
  const [open, setOpen] = useState<Recipient>();
  const writeTo = (data: FormData) => {
    const user = String(data.get("user")).trim();
    if (user !== "") setOpen({ user });
  };
  return (
    <main>
      <nav aria-label="Conversations">
        <p role="status">{status}</p>
        <form action={writeTo}>
          <input name="user" aria-label="Write to" placeholder="Write to…" autoComplete="off" />
        </form>
        {inbox.map((info) => (
          <button key={info.conversation} type="button" onClick={() => setOpen(toRecipient(info))}>
            <strong>{nameOf(info)}</strong> {info.preview?.text}
            {info.unread > 0 && <small> {info.unread} unread</small>}
          </button>
        ))}
      </nav>
      {/* The key discards text that was typed for another conversation. */}
      {open !== undefined && <Thread key={JSON.stringify(open)} recipient={open} />}
    </main>
  );
}

function toRecipient({ peer, conversation }: ConversationInfo): Recipient {
  return peer === undefined ? conversation : { user: peer };
}
