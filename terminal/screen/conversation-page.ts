import {
  type Client,
  ClientError,
  type Conversation,
  type ConversationView,
  type Member,
  type TimelineEntry,
} from "../../client/src/index.ts";
import { isContent } from "../../client/src/ui.ts";
import { nameColumnWidth } from "../format/entry.ts";
import { isSameDay } from "../format/time.ts";
import {
  allMembers,
  type OpenConversation,
  openConversationName,
  whyClosed,
} from "../session/conversations.ts";
import type { PresenceWatch } from "../session/presence-watch.ts";
import type { Style } from "../text/palette.ts";
import { sanitize } from "../text/sanitize.ts";
import { conversationTitle } from "./conversation-title.ts";
import { dayRow, divider, entryRows, newRow } from "./entry-rows.ts";
import type { Page, Window } from "./page.ts";
import { type Items, lastPosition, type RowPosition, rowsAbove, scrollBy } from "./scroll.ts";

/** Scroll position that stays at its row when entries are added above or below. */
interface Anchor {
  readonly entry: string;
  readonly row: number;
}

export interface ConversationPageOptions {
  readonly client: Client;
  readonly open: OpenConversation;
  readonly presence: PresenceWatch;
  readonly onChange: () => void;
  readonly onError: (reason: string) => void;
}

/** Page of a conversation, at its newest entries or scrolled up. */
export class ConversationPage implements Page {
  readonly alignBottom = true;
  readonly #options: ConversationPageOptions;
  readonly #stop: () => void;
  /** Entries after this sequence number were unread when the page was opened; `Infinity` if none were. */
  readonly #newAfterSeq: number;
  #view: ConversationView;
  /** Undefined at the newest entries. */
  #anchor: Anchor | undefined;
  #newer = 0;
  #showsTop = false;
  #loading = false;
  #memberCount: number | undefined;
  #members: readonly Member[] = [];
  #isClosed = false;

  constructor(options: ConversationPageOptions) {
    this.#options = options;
    const { view } = options.open.conversation;
    this.#view = view.getSnapshot();
    const { info } = this.#view;
    this.#newAfterSeq = info !== undefined && info.unread > 0 ? info.readSeq : Number.POSITIVE_INFINITY;
    this.#stop = view.subscribe((view) => {
      this.#view = view;
      this.#watchPeer();
      void this.#loadMembers();
      options.onChange();
    });
  }

  get conversation(): Conversation {
    return this.#options.open.conversation;
  }

  get name(): string {
    return openConversationName(this.#options.open);
  }

  get placeholder(): string {
    const closed = whyClosed(this.#options.open.conversation);
    return closed === undefined ? `a message to ${this.name}, or /help` : `${closed}; /help`;
  }

  /** True if the newest entries are on the screen. */
  get isAtEnd(): boolean {
    return this.#anchor === undefined;
  }

  title(style: Style): string {
    const presence = this.#options.client.presence.getSnapshot();
    return conversationTitle(this.name, this.#view.info, this.#members, presence, style);
  }

  body(window: Window, style: Style): readonly string[] {
    const items = this.#items(window, style);
    const bottom = this.#bottom(items);
    const { rows, isTop } = rowsAbove(bottom, window.height, items);
    this.#newer = items.count - 1 - bottom.item;
    this.#showsTop = isTop;
    return rows;
  }

  activity(): string {
    const typing = this.#view.typing.map(sanitize);
    if (typing.length === 0) return "";
    if (typing.length > 3) return `${typing.length} are typing…`;
    return `${typing.join(", ")} ${typing.length === 1 ? "is" : "are"} typing…`;
  }

  scrollHint(): string {
    if (this.isAtEnd) return "";
    return this.#newer > 0 ? `↓ ${this.#newer} newer` : "↓";
  }

  scroll(by: number, window: Window, style: Style): void {
    const items = this.#items(window, style);
    const end = lastPosition(items);
    const { item, row } = scrollBy(this.#bottom(items), by, window.height, items);
    const entry = this.#view.entries[item - 1];
    const isEnd = item === end.item && row === end.row;
    this.#anchor = isEnd || entry === undefined ? undefined : { entry: keyOf(entry), row };
  }

  scrollToEnd(): void {
    this.#anchor = undefined;
  }

  /** Loads older entries when the top of the conversation is visible. */
  afterDraw(): void {
    if (this.#showsTop && this.#view.more && !this.#loading) void this.#loadOlder();
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
    this.#options.presence.open();
  }

  async #loadOlder(): Promise<void> {
    const { open, onChange, client } = this.#options;
    if (client.state !== "online") return;
    this.#loading = true;
    onChange();
    try {
      await open.conversation.loadOlder();
      onChange();
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      // A temporary error is retried at the next draw.
      if (!error.temporary) this.#options.onError(error.message);
    } finally {
      this.#loading = false;
    }
  }

  #watchPeer(): void {
    const peer = this.#view.info?.peer;
    if (peer !== undefined) this.#options.presence.open({ peers: [peer] });
  }

  /** Loads the members of a group, again whenever their number changes. */
  async #loadMembers(): Promise<void> {
    const { info } = this.#view;
    if (info === undefined || info.peer !== undefined || info.left) return;
    const before = this.#memberCount;
    if (info.memberCount === before) return;
    this.#memberCount = info.memberCount;
    try {
      this.#members = await allMembers(this.conversation);
      if (this.#isClosed) return;
      const members = this.#members.map(({ user }) => user);
      this.#options.presence.open({ group: { conversation: info.conversation, members } });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      // Retried at the next change, such as a new connection.
      this.#memberCount = before;
    }
  }

  /** Returns the rows: the top row, then the entries. */
  #items({ columns }: Window, style: Style): Items {
    const { entries } = this.#view;
    const nameWidth = Math.min(
      nameColumnWidth(
        entries.map(({ sender }) => sender),
        style.user,
      ),
      Math.max(3, Math.floor(columns / 4)),
    );
    const isNew = ({ seq = 0, kind, status }: TimelineEntry) =>
      seq > this.#newAfterSeq && status === undefined && isContent(kind);
    const firstNewSeq = entries.find(isNew)?.seq;
    return {
      count: entries.length + 1,
      rows: (item) => {
        const entry = entries[item - 1];
        if (entry === undefined) return [this.#topRow(columns, style)];
        return [
          ...this.#dividers(entry, entries[item - 2], firstNewSeq, columns, style),
          ...entryRows(entry, { columns, nameWidth }, style),
        ];
      },
    };
  }

  #topRow(columns: number, { palette }: Style): string {
    const { entries, more } = this.#view;
    if (more) return divider(this.#loading ? "loading…" : "more above", columns, palette.dim);
    return divider(entries.length === 0 ? "no messages yet" : "the beginning", columns, palette.dim);
  }

  #dividers(
    { seq, sentAtMs }: TimelineEntry,
    before: TimelineEntry | undefined,
    firstNewSeq: number | undefined,
    columns: number,
    style: Style,
  ): string[] {
    const { nowMs, timeZone } = style;
    const atMs = sentAtMs ?? nowMs;
    const isNewDay = before === undefined || !isSameDay(before.sentAtMs ?? nowMs, atMs, timeZone);
    const isFirstNew = seq !== undefined && seq === firstNewSeq;
    return [
      ...(isNewDay ? [dayRow(atMs, columns, style)] : []),
      ...(isFirstNew ? [newRow(columns, style)] : []),
    ];
  }

  #bottom(items: Items): RowPosition {
    const anchor = this.#anchor;
    const index =
      anchor === undefined ? -1 : this.#view.entries.findIndex((entry) => keyOf(entry) === anchor.entry);
    if (anchor === undefined || index === -1) return lastPosition(items);
    const item = index + 1;
    return { item, row: Math.min(anchor.row, items.rows(item).length - 1) };
  }
}

function keyOf({ sender, id }: TimelineEntry): string {
  return JSON.stringify([sender, id]);
}
