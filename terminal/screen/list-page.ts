import type { Client, ConversationInfo } from "../../client/src/index.ts";
import { formatList } from "../format/list.ts";
import type { Style } from "../text/palette.ts";
import { sanitize } from "../text/sanitize.ts";
import type { Page, Window } from "./page.ts";

const MARK = "▸";

/** Page of all conversations, one of them selected. */
export class ListPage implements Page {
  readonly placeholder = "a user, title or number to open; /help";
  readonly alignBottom = false;
  readonly #client: Client;
  /** Id of the selected conversation, whose position changes when others move up. */
  #selected: string | undefined;
  #hidden = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  get selected(): ConversationInfo | undefined {
    return this.#list[this.#index];
  }

  title({ user }: Style): string {
    return `Parley · ${sanitize(user)}`;
  }

  body({ columns, height }: Window, style: Style): readonly string[] {
    const list = this.#list;
    if (list.length === 0 && this.#client.state === "online") {
      return ["", style.palette.dim("  No conversations yet: type a user's name to start one.")];
    }
    const rows = formatList(list, this.#client.presence.getSnapshot(), style, columns - 2);
    const selected = this.#index;
    const top = Math.max(0, Math.min(selected - Math.floor(height / 2), rows.length - height));
    this.#hidden = Math.max(0, rows.length - top - height);
    return rows
      .map((row, index) => (index === selected ? `${style.palette.bold(MARK)} ${row}` : `  ${row}`))
      .slice(top, top + height);
  }

  activity(): string {
    return "";
  }

  scrollHint(): string {
    return this.#hidden > 0 ? `↓ ${this.#hidden} more` : "";
  }

  scroll(rows: number): void {
    const last = this.#list.length - 1;
    this.#selected = this.#list[Math.max(0, Math.min(last, this.#index + rows))]?.conversation;
  }

  afterDraw(): void {}

  close(): void {}

  get #list(): readonly ConversationInfo[] {
    return this.#client.inbox.getSnapshot();
  }

  get #index(): number {
    return Math.max(
      0,
      this.#list.findIndex(({ conversation }) => conversation === this.#selected),
    );
  }
}
