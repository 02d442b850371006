import { useObservable } from "../hooks/use-observable.ts";
import { useChat } from "../state/context.ts";
import type { LoggedFrame } from "../state/frame-log.ts";
import { selectedMessage } from "../state/inspector.ts";
import { milliseconds, traceOf } from "./trace.ts";
import type { TraceFeed } from "./trace-feed.ts";

/** The way of one message, step by step. */
export function TraceList({ feed, frames }: { feed: TraceFeed; frames: readonly LoggedFrame[] }) {
  const { user } = useChat();
  const hops = useObservable(feed.hops);
  const chosen = useObservable(selectedMessage);
  const entry = chosen ?? newestSent(frames);
  const steps = entry === undefined ? [] : traceOf(entry, hops, user);

  return (
    <section aria-label="The way of a message">
      <h3>The way of {chosen === undefined ? "your newest message" : "the message you chose"}</h3>
      {chosen !== undefined && (
        <button type="button" class="link" onClick={() => selectedMessage.set(undefined)}>
          Follow the newest instead
        </button>
      )}
      {steps.length === 0 ? (
        <p class="hint">
          {chosen === undefined
            ? "Write something."
            : "Nothing is known of it: it was sent before this cloud started."}
        </p>
      ) : (
        <ol class="way">
          {steps.map(({ key, afterMs, tone, text, times }) => (
            <li key={key} class={`tone-${tone}`}>
              <span class="after">+{milliseconds(afterMs)}</span>
              <span>
                {text}
                {times > 1 && ` (${times} times)`}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** The last entry of the newest frame with entries. */
function newestSent(frames: readonly LoggedFrame[]): string | undefined {
  const sent = frames.findLast(({ what, type }) => what === "sent" && (type === "send" || type === "create"));
  return sent?.entries.at(-1);
}
