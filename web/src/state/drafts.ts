import { recipientKey } from "../../../client/src/ui.ts";
import { StoredItems } from "../storage/stored-items.ts";

/** A change of a message that was not sent yet. */
export interface EditDraft {
  readonly seq: number;
  /** Text of the message when the user began to edit it. */
  readonly original: string;
  readonly text: string;
}

/**
 * Unsent text by the `recipientKey` of its conversation: the text of a new message for every tab, and for the next one
 * too, and the changed text of an earlier message for this tab. The keys of a user and of the direct conversation with
 * them are the same, once that is known.
 */
export class Drafts {
  readonly #texts: StoredItems;
  readonly #edits: StoredItems;
  /** Ids of direct conversations by the keys of their users. */
  readonly #idByPeer = new Map<string, string>();
  readonly #listeners = new Set<(key: string) => void>();

  constructor(user: string) {
    this.#texts = new StoredItems("localStorage", `parley.draft:${encodeURIComponent(user)}:`);
    this.#edits = new StoredItems("sessionStorage", `parley.edit:${encodeURIComponent(user)}:`);
  }

  /** Returns the text of the new message. */
  read(key: string): string {
    return this.#texts.get(this.#current(key)) ?? "";
  }

  /** Notes what is typed. */
  write(key: string, text: string): void {
    this.#texts.set(this.#current(key), text === "" ? null : text);
  }

  /** Puts a text before what is typed. */
  restore(key: string, text: string): void {
    const present = this.read(key);
    this.write(key, present === "" || present === text ? text : `${text}\n${present}`);
    this.#changed(key);
  }

  readEdit(key: string): EditDraft | undefined {
    const edit = this.#edits.get(this.#current(key));
    return edit === null ? undefined : (JSON.parse(edit) as EditDraft);
  }

  /** Notes what is typed. */
  writeEdit(key: string, edit: EditDraft): void {
    this.#edits.set(this.#current(key), JSON.stringify(edit));
  }

  beginEdit(key: string, edit: EditDraft): void {
    this.writeEdit(key, edit);
    this.#changed(key);
  }

  endEdit(key: string): void {
    this.#edits.set(this.#current(key), null);
    this.#changed(key);
  }

  /** Moves what was written to a user to the direct conversation with them, as soon as that has an id. */
  link(user: string, conversation: string): void {
    const byPeer = recipientKey({ user });
    if (this.#idByPeer.get(byPeer) === conversation) return;
    const text = this.read(byPeer);
    this.write(byPeer, "");
    this.#idByPeer.set(byPeer, conversation);
    if (text !== "") this.restore(conversation, text);
  }

  /** Calls the listener when drafts of the conversation have changed otherwise than by typing. Returns how to stop it. */
  onChange(key: string, listener: () => void): () => void {
    const heard = (changed: string) => changed === this.#current(key) && listener();
    this.#listeners.add(heard);
    return () => void this.#listeners.delete(heard);
  }

  clear(): void {
    this.#texts.clear();
    this.#edits.clear();
  }

  #current(key: string): string {
    return this.#idByPeer.get(key) ?? key;
  }

  #changed(key: string): void {
    for (const listener of this.#listeners) listener(this.#current(key));
  }
}
