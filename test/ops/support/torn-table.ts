import type { Head, Member, Segment } from "../../../functions/ports/conversation-log.ts";
import type { InboxRow } from "../../../functions/ports/inbox.ts";
import { MemoryStore } from "../../support/memory-ports.ts";

/** An item of the table; undefined while it does not exist. */
type Value =
  | { readonly head: Head }
  | { readonly segment: Segment }
  | { readonly member: Member }
  | { readonly user: string; readonly row: InboxRow }
  | undefined;

/** Remembers every version of every item of one conversation, so that single items can go back in time. */
export class ItemHistory {
  readonly #store: MemoryStore;
  readonly #conversation: string;
  readonly #versions = new Map<string, Value[]>();

  constructor(store: MemoryStore, conversation: string) {
    this.#store = store;
    this.#conversation = conversation;
  }

  /** Keys of the items that were ever written, of one kind: HEAD, SEG, MEMBER or INBOX. */
  keys(kind: string): string[] {
    return [...this.#versions.keys()].filter((key) => key.startsWith(kind));
  }

  /** Earlier versions of an item, oldest first; the first is that it does not exist. */
  versions(key: string): readonly Value[] {
    return this.#versions.get(key)?.slice(0, -1) ?? [];
  }

  /** Takes up what has changed since the last call. */
  record(): void {
    for (const [key, value] of this.#current()) {
      const versions = this.#versions.get(key) ?? [undefined];
      if (contentOf(versions.at(-1)) !== contentOf(value)) versions.push(value);
      this.#versions.set(key, versions);
    }
  }

  /** Returns the table in which these items are as they were. */
  torn(tears: ReadonlyMap<string, Value>): MemoryStore {
    const store = new MemoryStore();
    for (const [key, current] of this.#current()) {
      const value = tears.has(key) ? tears.get(key) : current;
      if (value === undefined) continue;
      if ("head" in value) store.heads.set(this.#conversation, value.head);
      else if ("segment" in value) store.put(this.#conversation, value.segment);
      else if ("member" in value) store.putMember(this.#conversation, value.member);
      else store.putRow(value.user, value.row);
    }
    return store;
  }

  #current(): [string, NonNullable<Value>][] {
    const head = this.#store.heads.get(this.#conversation);
    const segments = [...(this.#store.segments.get(this.#conversation) ?? [])];
    const members = this.#store.membersOf(this.#conversation);
    const rows = [...this.#store.inbox].flatMap(([user, of]): [string, NonNullable<Value>][] => {
      const row = of.get(this.#conversation);
      return row === undefined ? [] : [[`INBOX ${user}`, { user, row }]];
    });
    return [
      ...(head === undefined ? [] : [["HEAD", { head }] as [string, NonNullable<Value>]]),
      ...segments.map(([seq, segment]): [string, NonNullable<Value>] => [`SEG ${seq}`, { segment }]),
      ...members.map((member): [string, NonNullable<Value>] => [`MEMBER ${member.user}`, { member }]),
      ...rows,
    ];
  }
}

/** Compares by content, so that a user's own cursors count as a change of their row. */
function contentOf(value: Value): string | undefined {
  return value && JSON.stringify(value);
}
