import { useEffect, useState } from "preact/hooks";
import { CloseIcon } from "../components/ui/icons.tsx";
import { useObservable } from "../hooks/use-observable.ts";
import { useChat } from "../state/context.ts";
import { isInspectorOpen } from "../state/inspector.ts";
import { FaultButtons } from "./fault-buttons.tsx";
import { Frames } from "./frames.tsx";
import { TraceFeed } from "./trace-feed.ts";
import { TraceList } from "./trace-list.tsx";

/** Panel beside the chat: a message's way through the cloud, faults to cause, and the frames of this tab. */
export function Inspector({ isEmbedded }: { isEmbedded: boolean }) {
  const { frameLog } = useChat();
  const frames = useObservable(frameLog.frames);
  const [feed] = useState(() => new TraceFeed());
  useEffect(() => (isEmbedded ? feed.listen() : undefined), [feed, isEmbedded]);

  return (
    <aside class="inspector" aria-label="What happens">
      <header>
        <h2>What happens</h2>
        <button type="button" class="plain" aria-label="Close" onClick={() => isInspectorOpen.set(false)}>
          <CloseIcon />
        </button>
      </header>
      {isEmbedded && (
        <>
          <FaultButtons frames={frames} />
          <TraceList feed={feed} frames={frames} />
        </>
      )}
      <Frames frames={frames} />
    </aside>
  );
}
