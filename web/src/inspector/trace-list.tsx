import { useObservable } from "../hooks/use-observable.ts";
import { useChat } from "../state/context.ts";
import type { LoggedFrame } from "../state/frame-log.ts";
import { selectedMessage } from "../state/inspector.ts";
import { milliseconds, traceOf } from "./trace.ts";
import type { TraceFeed } from "./trace-feed.ts";

/** Steps of one message through the cloud: the selected one, or the newest sent from this tab. */
export function TraceList({ feed, frames }: { feed: TraceFeed; frames: readonly LoggedFrame[] }) {
  const { user } = useChat();
  const hops = useObservable(feed.hops);
  const selected = useObservable(selectedMessage);
  const entry = selected ?? newestSent(frames);
  const steps = entry === undefined ? [] : traceOf(entry, hops, user);

  return (
    <section aria-label="Trace of a message">
      <h3>Trace of {selected === undefined ? "your newest message" : "the message you selected"}</h3>
      {selected !== undefined && (
        <button type="button" class="link" onClick={() => selectedMessage.set(undefined)}>
          Follow the newest instead
        </button>
      )}
      {steps.length === 0 ? (
        <p class="hint">
          {selected === undefined
            ? "Write something."
            : "There is no trace of it: it was sent before this cloud started."}
        </p>
      ) : (
        <ol class="trace">
          {steps.map(({ key, afterMs, tone, text, count }) => (
            <li key={key} class={`tone-${tone}`}>
              <span class="elapsed">+{milliseconds(afterMs)}</span>
              <span>
                {text}
                {count > 1 && ` (${count} times)`}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** Returns the id of the last entry in the newest frame that sent entries. */
function newestSent(frames: readonly LoggedFrame[]): string | undefined {
  const sent = frames.findLast(
    ({ event, type }) => event === "sent" && (type === "send" || type === "create"),
  );
  return sent?.entries.at(-1);
}
