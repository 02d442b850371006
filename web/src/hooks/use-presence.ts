import type { PresenceView } from "../../../client/src/index.ts";
import { useChat } from "../state/context.ts";
import { useObservable } from "./use-observable.ts";

const NOBODY: PresenceView = new Map();

/** Who is there, as far as this page can know: without a connection it cannot. */
export function usePresence(): PresenceView {
  const { client } = useChat();
  const presence = useObservable(client.presence);
  return useObservable(client.status) === "online" ? presence : NOBODY;
}
