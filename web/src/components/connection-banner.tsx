import { useEffect, useRef, useState } from "preact/hooks";
import { useObservable } from "../hooks/use-observable.ts";
import { useChat } from "../state/context.ts";

/** Most connections take less: no word of it. */
const UNSAID_MS = 700;
const BACK_IN_SYNC_MS = 2_500;

/** Whether the page is in step with the server, where that is not so or was not so just now. */
export function ConnectionBanner() {
  const { client, waiting } = useChat();
  const state = useObservable(client.status);
  const queued = useObservable(waiting);
  const hasBeenOnline = useRef(false);
  const [shown, setShown] = useState<"nothing" | "trouble" | "back">("nothing");

  // What is shown follows from what the state becomes.
  useEffect(() => {
    if (state === "ended") return;
    if (state !== "online") {
      const timer = setTimeout(() => setShown("trouble"), UNSAID_MS);
      return () => clearTimeout(timer);
    }
    const isBack = shown === "trouble" && hasBeenOnline.current;
    hasBeenOnline.current = true;
    setShown(isBack ? "back" : "nothing");
    const timer = setTimeout(() => setShown("nothing"), BACK_IN_SYNC_MS);
    return () => clearTimeout(timer);
  }, [state]);

  return (
    <div class={`banner banner-${shown}`} role="status">
      {shown === "back" && "Back in sync"}
      {shown === "trouble" && sentenceOf(state === "connecting", queued)}
    </div>
  );
}

function sentenceOf(connecting: boolean, queued: number): string {
  const start = connecting ? "Connecting…" : "Offline, trying again…";
  if (queued === 0) return start;
  return `${start} ${queued} ${queued === 1 ? "message waits" : "messages wait"} to be sent`;
}
