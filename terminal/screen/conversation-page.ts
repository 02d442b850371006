import {
  type Client,
  ClientError,
  type ConversationView,
  type Member,
  type TimelineEntry,
} from "../../client/src/index.ts";
import { isContent } from "../../client/src/ui.ts";
import { nameWidthOf } from "../format/entry.ts";
import { isSameDay } from "../format/time.ts";
import { membersOf, nameOfOpen, type OpenConversation } from "../session/conversations.ts";
import type { PresenceWatch } from "../session/presence-watch.ts";
import type { Style } from "../text/palette.ts";
import { sanitize } from "../text/sanitize.ts";
import { conversationTitle } from "./conversation-title.ts";
import { dayRow, divider, entryRows, newRow } from "./entry-rows.ts";
import type { Page, Window } from "./page.ts";
import { endOf, type Items, type Place, rowsAbove, scrolled } from "./scroll.ts";

/** Stays with the row it is at, whatever comes above and below. */
interface Anchor {
  readonly entry: string;
  readonly row: number;
}

export interface ConversationPageOptions {
  readonly client: Client;
  readonly room: OpenConversation;
  readonly presence: PresenceWatch;
  readonly changed: () => void;
  readonly complain: (why: string) => void;
}

/** A conversation, at its newest entries or scrolled up from there. */
export class ConversationPage implements Page {
  readonly placeholder: string;
  readonly atFoot = true;
  readonly #options: ConversationPageOptions;
  readonly #stop: () => void;
  /** What was unread when it was opened. */
  readonly #newAfterSeq: number;
  #view: ConversationView;
  /** Undefined: at the newest. */
  #anchor: Anchor | undefined;
  #newer = 0;
  #showsTop = false;
  #loading = false;
  #memberCount: number | undefined;
  #members: readonly Member[] = [];
  #isClosed = false;

  constructor(options: ConversationPageOptions) {
    this.#options = options;
    const { view } = options.room.conversation;
    this.placeholder = `a message to ${nameOfOpen(options.room)}, or /help`;
    this.#view = view.getSnapshot();
    const { info } = this.#view;
    this.#newAfterSeq = info !== undefined && info.unread > 0 ? info.readSeq : Number.POSITIVE_INFINITY;
    this.#stop = view.subscribe((view) => {
      this.#view = view;
      void this.#meet();
      options.changed();
    });
  }

  get room(): OpenConversation {
    return this.#options.room;
  }

  /** The newest entries are on the screen. */
  get isAtEnd(): boolean {
    return this.#anchor === undefined;
  }

  title(style: Style): string {
    const presence = this.#options.client.presence.getSnapshot();
    return conversationTitle(nameOfOpen(this.room), this.#view.info, this.#members, presence, style);
  }

  body(window: Window, style: Style): readonly string[] {
    const items = this.#items(window, style);
    const bottom = this.#bottom(items);
    const { rows, isTop } = rowsAbove(bottom, window.height, items);
    this.#newer = items.count - 1 - bottom.item;
    this.#showsTop = isTop;
    return rows;
  }

  note(): string {
    const typing = this.#view.typing.map(sanitize);
    if (typing.length === 0) return "";
    if (typing.length > 3) return `${typing.length} are typing…`;
    return `${typing.join(", ")} ${typing.length === 1 ? "is" : "are"} typing…`;
  }

  below(): string {
    if (this.isAtEnd) return "";
    return this.#newer > 0 ? `↓ ${this.#newer} newer` : "↓";
  }

  scroll(by: number, window: Window, style: Style): void {
    const items = this.#items(window, style);
    const end = endOf(items);
    const { item, row } = scrolled(this.#bottom(items), by, window.height, items);
    const entry = this.#view.entries[item - 1];
    const isEnd = item === end.item && row === end.row;
    this.#anchor = isEnd || entry === undefined ? undefined : { entry: keyOf(entry), row };
  }

  toEnd(): void {
    this.#anchor = undefined;
  }

  /** Loads what is above as soon as there is room for it. */
  drawn(): void {
    if (this.#showsTop && this.#view.more && !this.#loading) void this.#loadOlder();
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
    this.#options.presence.open(undefined);
  }

  async #loadOlder(): Promise<void> {
    const { room, changed, client } = this.#options;
    if (client.state !== "online") return;
    this.#loading = true;
    changed();
    try {
      await room.conversation.loadOlder();
      changed();
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      // If it is temporary: again with the next key, or when there is a connection.
      if (!error.temporary) this.#options.complain(error.message);
    } finally {
      this.#loading = false;
    }
  }

  /** Who is there, of a group: asked again when their number changes. */
  async #meet(): Promise<void> {
    const { info } = this.#view;
    if (info === undefined || info.peer !== undefined || info.left) return;
    const before = this.#memberCount;
    if (info.memberCount === before) return;
    this.#memberCount = info.memberCount;
    try {
      this.#members = await membersOf(this.room.conversation);
      if (this.#isClosed) return;
      const members = this.#members.map(({ user }) => user);
      this.#options.presence.open({ conversation: info.conversation, members });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      // Without a connection: when there is one.
      this.#memberCount = before;
    }
  }

  /** What there is to show: how it begins, and the entries. */
  #items({ columns }: Window, style: Style): Items {
    const { entries } = this.#view;
    const nameWidth = Math.min(
      nameWidthOf(
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
        if (entry === undefined) return [this.#head(columns, style)];
        return [
          ...this.#dividers(entry, entries[item - 2], firstNewSeq, columns, style),
          ...entryRows(entry, { columns, nameWidth }, style),
        ];
      },
    };
  }

  #head(columns: number, { palette }: Style): string {
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

  #bottom(items: Items): Place {
    const anchor = this.#anchor;
    const index =
      anchor === undefined ? -1 : this.#view.entries.findIndex((entry) => keyOf(entry) === anchor.entry);
    if (anchor === undefined || index === -1) return endOf(items);
    const item = index + 1;
    return { item, row: Math.min(anchor.row, items.rows(item).length - 1) };
  }
}

function keyOf({ sender, id }: TimelineEntry): string {
  return JSON.stringify([sender, id]);
}
