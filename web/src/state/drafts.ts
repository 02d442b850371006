import { StoredItems } from "../storage/stored-items.ts";

/** Unsent text by conversation, kept in the browser's localStorage. */
export class Drafts {
  readonly #texts: StoredItems;

  constructor(user: string) {
    this.#texts = new StoredItems("localStorage", `parley.draft:${encodeURIComponent(user)}:`);
  }

  read(conversation: string): string {
    return this.#texts.get(conversation) ?? "";
  }

  write(conversation: string, text: string): void {
    this.#texts.set(conversation, text === "" ? null : text);
  }

  clear(): void {
    this.#texts.clear();
  }
}
