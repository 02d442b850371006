import { useEffect, useRef, useState } from "preact/hooks";
import { useChat } from "../chat/context.ts";
import { useObservable } from "../chat/use-observable.ts";

/** Connecting takes no longer than this, most of the time: no word of it. */
const UNSAID_MS = 400;
const BACK_IN_SYNC_MS = 2_500;

/** Whether the page is in step with the server, where that is not so or was not so just now. */
export function Banner() {
  const { client, waiting } = useChat();
  const state = useObservable(client.status);
  const queued = useObservable(waiting);
  const wasOffline = useRef(false);
  const [shown, setShown] = useState<"nothing" | "trouble" | "back">("nothing");

  useEffect(() => {
    if (state === "ended") return;
    if (state === "online") {
      if (!wasOffline.current) {
        setShown("nothing");
        return;
      }
      wasOffline.current = false;
      setShown("back");
      const timer = setTimeout(() => setShown("nothing"), BACK_IN_SYNC_MS);
      return () => clearTimeout(timer);
    }
    const timer = setTimeout(() => {
      wasOffline.current = true;
      setShown("trouble");
    }, UNSAID_MS);
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
