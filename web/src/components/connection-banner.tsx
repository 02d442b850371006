import { useEffect, useRef, useState } from "preact/hooks";
import { useObservable } from "../hooks/use-observable.ts";
import { useChat } from "../state/context.ts";

/** Most connections open faster than this, and show no banner. */
const SHOW_DELAY_MS = 1_000;
/** A browser that is wrong about the network is corrected by the answer to a ping within this time. */
const SHOW_GONE_DELAY_MS = 300;
const RECOVERED_SHOWN_MS = 2_500;

/** Tells the user that the connection is lost, and for a moment that it is back. */
export function ConnectionBanner() {
  const { client, network, pendingCount } = useChat();
  const state = useObservable(client.status);
  const isNetworkGone = useObservable(network.isGone);
  const queued = useObservable(pendingCount);
  const isEnded = state === "ended";
  const isDown = isNetworkGone || state !== "online";
  const hasBeenOnline = useRef(false);
  const [shown, setShown] = useState<"hidden" | "disconnected" | "recovered">("hidden");
  /** True while an outage lasts in which an attempt has failed: the next one may have to wait. */
  const [hasFailed, setHasFailed] = useState(false);

  useEffect(() => {
    if (state === "offline") setHasFailed(true);
    if (state === "online") setHasFailed(false);
  }, [state]);

  // Depends on changes of the connection alone, not on what is shown.
  useEffect(() => {
    if (isEnded) return;
    if (isDown) {
      const timer = setTimeout(
        () => setShown("disconnected"),
        isNetworkGone ? SHOW_GONE_DELAY_MS : SHOW_DELAY_MS,
      );
      return () => clearTimeout(timer);
    }
    const hasRecovered = shown === "disconnected" && hasBeenOnline.current;
    hasBeenOnline.current = true;
    setShown(hasRecovered ? "recovered" : "hidden");
    const timer = setTimeout(() => setShown("hidden"), RECOVERED_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isEnded, isDown, isNetworkGone]);

  const isConnecting = state === "connecting";
  return (
    <div class={`banner banner-${shown}`}>
      <p role="status">
        {shown === "recovered" && "Back in sync"}
        {shown === "disconnected" && bannerText(isNetworkGone, isConnecting, queued)}
      </p>
      {shown === "disconnected" && (hasFailed || isNetworkGone) && (
        <button type="button" class="link" disabled={isConnecting} onClick={() => client.connect()}>
          Try now
        </button>
      )}
    </div>
  );
}

function bannerText(isNetworkGone: boolean, isConnecting: boolean, queued: number): string {
  const start = isNetworkGone
    ? "Your device is offline."
    : isConnecting
      ? "Connecting…"
      : "Offline, trying again…";
  if (queued === 0) return start;
  return `${start} ${queued} ${queued === 1 ? "message waits" : "messages wait"} to be sent`;
}
