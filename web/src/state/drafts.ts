/** Unsent text by conversation, kept in the browser's localStorage. */
export class Drafts {
  readonly #prefix: string;

  constructor(user: string) {
    this.#prefix = `parley.draft:${encodeURIComponent(user)}:`;
  }

  read(conversation: string): string {
    return localStorage.getItem(this.#prefix + conversation) ?? "";
  }

  write(conversation: string, text: string): void {
    const key = this.#prefix + conversation;
    try {
      if (text === "") localStorage.removeItem(key);
      else localStorage.setItem(key, text);
    } catch {
      // The storage is full. The text is still in the input field.
    }
  }

  clear(): void {
    for (const key of Object.keys(localStorage))
      if (key.startsWith(this.#prefix)) localStorage.removeItem(key);
  }
}
