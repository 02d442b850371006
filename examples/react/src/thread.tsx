import type { Recipient } from "@parley/client";
import { useEffect } from "react";
import { Message } from "./message.tsx";
import { useObservable, useParley } from "./parley.tsx";

export function Thread({ recipient }: { recipient: Recipient }) {
  const client = useParley();
  const status = useObservable(client.status);
  const conversation = client.conversation(recipient);
  const { info, entries, typing, more } = useObservable(conversation.view);
  const newestSeq = entries.findLast(({ seq }) => seq !== undefined)?.seq;
  // Messages count as read while the page is visible.
  useEffect(() => {
    const read = () => document.visibilityState === "visible" && conversation.markRead(newestSeq);
    read();
    document.addEventListener("visibilitychange", read);
    return () => document.removeEventListener("visibilitychange", read);
  }, [conversation, newestSeq]);
  const send = (data: FormData) => {
    const text = String(data.get("text")).trim();
    if (text !== "") conversation.send(text);
  };
  // While offline nothing can be loaded; the button stays.
  const loadOlder = () => void conversation.loadOlder().catch(() => {});
  // There is no info before the first message to a user has created the conversation.
  const { title, peer } = info ?? { peer: typeof recipient === "string" ? undefined : recipient.user };
  const name = nameOf({ title, peer });
  return (
    <section aria-label={name}>
      <h2>{name}</h2>
      <div className="entries">
        <div>
          {more && (
            <button type="button" onClick={loadOlder}>
              Earlier messages
            </button>
          )}
          <ol aria-label="Messages" aria-live="polite">
            {entries.map((entry) => (
              <Message
                key={`${entry.sender} ${entry.id}`}
                entry={entry}
                conversation={conversation}
                isDirect={peer !== undefined}
              />
            ))}
          </ol>
          <p>{typing.length > 0 && `${typing.join(", ")} typing…`}</p>
        </div>
      </div>
      <form action={send}>
        {/* A text of this many characters is within the limit of bytes in any language. */}
        <input
          name="text"
          aria-label="Message"
          maxLength={4_000}
          autoComplete="off"
          onInput={() => conversation.typing()}
        />
        <button type="submit" disabled={status === "ended"}>
          Send
        </button>
      </form>
    </section>
  );
}

export function nameOf({ title, peer }: { title?: string | undefined; peer?: string | undefined }): string {
  return title ?? peer ?? "Group";
}
