import type { Recipient } from "../../../client/src/index.ts";
import { hashOf, recipientOf } from "./address.ts";
import { Signal } from "./signal.ts";

/** The recipient whose conversation is open; undefined if only the list is. */
export const openRecipient = new Signal<Recipient | undefined>(recipientOf(location.hash));

addEventListener("hashchange", () => openRecipient.set(recipientOf(location.hash)));

/** Opens a conversation, or only the list. */
export function navigateTo(recipient: Recipient | undefined): void {
  // Set at once: `hashchange` comes later, and text typed until then would go to the wrong conversation.
  openRecipient.set(recipient);
  location.hash = hashOf(recipient);
}

/** Closes the conversation, so that the next user to sign in starts at the list. */
export function resetAddress(): void {
  history.replaceState(null, "", location.pathname);
  openRecipient.set(undefined);
}

/** Puts the id of the open conversation into the address: after a reload it is known offline too. */
export function replaceAddress(conversation: string): void {
  history.replaceState(null, "", hashOf(conversation));
}
