import type { PresenceView } from "../../../client/src/index.ts";
import { useChat } from "../state/context.ts";
import { useIsOnline } from "./use-is-online.ts";
import { useObservable } from "./use-observable.ts";

const UNKNOWN: PresenceView = new Map();

/** Returns the presence of the watched users; empty without a connection, because it is unknown then. */
export function usePresence(): PresenceView {
  const { client } = useChat();
  const presence = useObservable(client.presence);
  return useIsOnline() ? presence : UNKNOWN;
}
