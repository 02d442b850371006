import { useEffect, useRef, useState } from "preact/hooks";
import { useObservable } from "../hooks/use-observable.ts";
import { useChat } from "../state/context.ts";

/** Most connections open faster than this, and show no banner. */
const SHOW_DELAY_MS = 700;
const RECOVERED_SHOWN_MS = 2_500;

/** Tells the user that the connection is lost, and for a moment that it is back. */
export function ConnectionBanner() {
  const { client, pendingCount } = useChat();
  const state = useObservable(client.status);
  const queued = useObservable(pendingCount);
  const hasBeenOnline = useRef(false);
  const [shown, setShown] = useState<"hidden" | "disconnected" | "recovered">("hidden");

  // Depends on changes of the state alone, not on what is shown.
  useEffect(() => {
    if (state === "ended") return;
    if (state !== "online") {
      const timer = setTimeout(() => setShown("disconnected"), SHOW_DELAY_MS);
      return () => clearTimeout(timer);
    }
    const hasRecovered = shown === "disconnected" && hasBeenOnline.current;
    hasBeenOnline.current = true;
    setShown(hasRecovered ? "recovered" : "hidden");
    const timer = setTimeout(() => setShown("hidden"), RECOVERED_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);

  return (
    <div class={`banner banner-${shown}`} role="status">
      {shown === "recovered" && "Back in sync"}
      {shown === "disconnected" && bannerText(state === "connecting", queued)}
    </div>
  );
}

function bannerText(isConnecting: boolean, queued: number): string {
  const start = isConnecting ? "Connecting…" : "Offline, trying again…";
  if (queued === 0) return start;
  return `${start} ${queued} ${queued === 1 ? "message waits" : "messages wait"} to be sent`;
}
