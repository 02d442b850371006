import type { Recipient } from "../../../client/src/index.ts";
import { hashOf, recipientOf } from "./address.ts";
import { Signal } from "./signal.ts";

/** What is open. */
export const route = new Signal<Recipient | undefined>(recipientOf(location.hash));

addEventListener("hashchange", () => route.set(recipientOf(location.hash)));

export function open(recipient: Recipient | undefined): void {
  // At once: the browser tells later, and what is typed until then would be said to somebody else.
  route.set(recipient);
  location.hash = hashOf(recipient);
}

/** Whoever signs in next begins at the list. */
export function forgetAddress(): void {
  history.replaceState(null, "", location.pathname);
  route.set(undefined);
}

/** What is open has got an id: the next page goes by that, which is known offline, too. */
export function showAddressOf(conversation: string): void {
  history.replaceState(null, "", hashOf(conversation));
}
