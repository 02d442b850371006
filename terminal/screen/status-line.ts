import type { Client, ClientState } from "../../client/src/index.ts";
import { formatUnread } from "../format/list.ts";

/** Formats unread messages in other conversations and the connection state: `2 unread elsewhere · offline, 1 waiting`. */
export function formatStatusLine(client: Client, here: string | undefined): string {
  const unread = client.inbox
    .getSnapshot()
    .filter(({ conversation, muted }) => conversation !== here && !muted)
    .reduce((sum, info) => sum + info.unread, 0);
  const where = here === undefined ? "" : " elsewhere";
  const connection = formatConnection(client.state, client.pending().length);
  return [unread === 0 ? "" : `${formatUnread(unread)} unread${where}`, connection]
    .filter((part) => part !== "")
    .join(" · ");
}

/** Formats the connection state: `connecting…`, `offline, 2 waiting`, `1 sending`, or nothing if all is well. */
export function formatConnection(state: ClientState, waiting: number): string {
  if (state === "online") return waiting > 0 ? `${waiting} sending` : "";
  const word = state === "connecting" ? "connecting…" : state;
  return waiting > 0 ? `${word}, ${waiting} waiting` : word;
}
