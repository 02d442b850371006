import { ConversationPage } from "./conversation-page.ts";
import type { ListPage } from "./list-page.ts";
import type { Page } from "./page.ts";
import { TextPage } from "./text-page.ts";

/** Where somebody is: at the list, in a conversation above it, or at a text above either. */
export class Pages {
  readonly list: ListPage;
  readonly #above: Page[] = [];
  readonly #changed: () => void;

  constructor(list: ListPage, changed: () => void) {
    this.list = list;
    this.#changed = changed;
  }

  get top(): Page {
    return this.#above.at(-1) ?? this.list;
  }

  /** The conversation that is open, also below a text. */
  get room(): ConversationPage | undefined {
    return this.#above.find((page) => page instanceof ConversationPage);
  }

  enter(room: ConversationPage): void {
    this.home();
    this.#above.push(room);
    this.#changed();
  }

  read(text: TextPage): void {
    this.closeText();
    this.#above.push(text);
    this.#changed();
  }

  closeText(): void {
    if (this.top instanceof TextPage) this.back();
  }

  back(): void {
    this.#above.pop()?.close();
    this.#changed();
  }

  home(): void {
    while (this.#above.length > 0) this.back();
  }
}
