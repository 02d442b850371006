/** What is typed and not sent, by conversation, for as long as the browser keeps it. */
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
      // Full: what is typed is still in the field.
    }
  }

  clear(): void {
    for (const key of Object.keys(localStorage))
      if (key.startsWith(this.#prefix)) localStorage.removeItem(key);
  }
}
