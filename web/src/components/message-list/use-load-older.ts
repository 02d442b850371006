import { useEffect, useState } from "preact/hooks";
import { ClientError, type Conversation } from "../../../../client/src/index.ts";
import { useObservable } from "../../hooks/use-observable.ts";
import { useChat } from "../../state/context.ts";

const RETRY_AFTER_MS = 2_000;

/** Loads older entries while `isWanted` and online. Returns true while they are being loaded. */
export function useLoadOlder(conversation: Conversation, isWanted: boolean): boolean {
  const { client } = useChat();
  const isOnline = useObservable(client.status) === "online";
  const [state, setState] = useState<"idle" | "loading" | "failed">("idle");

  const isDue = isWanted && isOnline && state === "idle";
  useEffect(() => {
    if (!isDue) return;
    setState("loading");
    conversation.loadOlder().then(
      () => setState("idle"),
      (error: unknown) => {
        setState("failed");
        if (!(error instanceof ClientError)) throw error;
      },
    );
  }, [isDue, conversation]);

  useEffect(() => {
    if (state !== "failed") return;
    const timer = setTimeout(() => setState("idle"), RETRY_AFTER_MS);
    return () => clearTimeout(timer);
  }, [state]);

  return state === "loading";
}
