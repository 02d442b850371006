import { options } from "preact";
import type { Recipient } from "../../../client/src/index.ts";
import { recipientKey } from "../../../client/src/ui.ts";
import { hashOf, recipientOf } from "./address.ts";
import { Signal } from "./signal.ts";

// The only code that opens conversations and writes the address. A step comes from the page (`navigateTo`, a click on a
// link) or from the browser (its history, a typed address), and is shown before the next key can be pressed: otherwise
// a text would be sent to the conversation that was open before.

/** The recipient whose conversation is open; undefined if only the list is. */
export const openRecipient = new Signal<Recipient | undefined>(recipientOf(location.hash));

/** Id of the open conversation, if it was opened by its user: both name the same one. */
let openId: string | undefined;

// `hashchange` comes in a task of its own, after keys pressed in the meantime, but every browser sends it.
for (const event of ["popstate", "hashchange"])
  addEventListener(event, () => open(recipientOf(location.hash)));
addEventListener("click", followLink);

/** Opens a conversation, or only the list. */
export function navigateTo(recipient: Recipient | undefined): void {
  if (isOpen(recipient)) return;
  history.pushState(null, "", hashOf(recipient));
  open(recipient);
}

/** Closes the conversation, so that the next user to sign in starts at the list. */
export function resetAddress(): void {
  history.replaceState(null, "", location.pathname);
  open(undefined);
}

/**
 * Puts the id of a conversation that was opened by its user into the address: after a reload it is known offline too.
 * Does nothing if the conversation is not open any more.
 */
export function nameById(recipient: Recipient, conversation: string): void {
  // The browser may have left the address already, and tell of it later.
  if (!isOpen(recipient) || !isOpen(recipientOf(location.hash))) return;
  openId = conversation;
  history.replaceState(null, "", hashOf(conversation));
}

function isOpen(recipient: Recipient | undefined): boolean {
  const current = openRecipient.getSnapshot();
  if (recipient === undefined || current === undefined) return recipient === current;
  return recipient === openId || recipientKey(recipient) === recipientKey(current);
}

function open(recipient: Recipient | undefined): void {
  if (isOpen(recipient)) return;
  openId = undefined;
  const { debounceRendering } = options;
  // Not in a microtask: a script may type in the task of its click.
  options.debounceRendering = (render) => render();
  try {
    openRecipient.set(recipient);
  } finally {
    options.debounceRendering = debounceRendering;
  }
}

/** Follows a link within the page, unless the user wants it in another tab. */
function followLink(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const hash = link?.getAttribute("href");
  const isForBrowser =
    event.defaultPrevented ||
    event.button !== 0 ||
    event.altKey ||
    event.ctrlKey ||
    event.metaKey ||
    event.shiftKey;
  if (isForBrowser || link?.target !== "" || !hash?.startsWith("#/")) return;
  event.preventDefault();
  navigateTo(recipientOf(hash));
}
