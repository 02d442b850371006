import type { Client, Recipient } from "../client/src/index.ts";
import { findGroup } from "./session/conversations.ts";
import { printable } from "./text/sanitize.ts";

/** Where to chat, as it was said on the command line. */
export type Place = { readonly user: string } | { readonly group: string };

/** The message says which conversation there is not, or not only one of. */
export class NoSuchPlaceError extends Error {
  override readonly name = "NoSuchPlaceError";
  readonly code = "no_such_place";
  readonly temporary = false;
}

/** Which groups there are is known once the client has been online. Throws `NoSuchPlaceError`. */
export function recipientAt(place: Place, client: Client): Recipient {
  if ("user" in place) return { user: place.user };
  const found = findGroup(place.group, client.inbox.getSnapshot()) ?? {
    wrong: `you are in no group called "${printable(place.group)}"`,
  };
  if ("wrong" in found) throw new NoSuchPlaceError(found.wrong);
  return found.recipient;
}
