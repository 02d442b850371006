import { ConversationPage } from "./conversation-page.ts";
import type { ListPage } from "./list-page.ts";
import type { Page } from "./page.ts";
import { TextPage } from "./text-page.ts";

/** Open pages: the list, a conversation above it, and a text above either. */
export class PageStack {
  readonly list: ListPage;
  readonly #above: Page[] = [];
  readonly #onChange: () => void;

  constructor(list: ListPage, onChange: () => void) {
    this.list = list;
    this.#onChange = onChange;
  }

  get top(): Page {
    return this.#above.at(-1) ?? this.list;
  }

  /** Open conversation, even if a text covers it. */
  get conversationPage(): ConversationPage | undefined {
    return this.#above.find((page) => page instanceof ConversationPage);
  }

  openConversation(page: ConversationPage): void {
    this.closeAll();
    this.#above.push(page);
    this.#onChange();
  }

  openText(text: TextPage): void {
    this.closeText();
    this.#above.push(text);
    this.#onChange();
  }

  closeText(): void {
    if (this.top instanceof TextPage) this.back();
  }

  back(): void {
    this.#above.pop()?.close();
    this.#onChange();
  }

  closeAll(): void {
    while (this.#above.length > 0) this.back();
  }
}
