import { useChat } from "../state/context.ts";
import { useObservable } from "./use-observable.ts";

/** Returns true while the client is in sync, and the browser does not say that the network is gone. */
export function useIsOnline(): boolean {
  const { client, network } = useChat();
  const state = useObservable(client.status);
  const isGone = useObservable(network.isGone);
  return state === "online" && !isGone;
}
