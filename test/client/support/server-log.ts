import type { Entry, NewEntry } from "../../../protocol/index.ts";

/** The log of one direct conversation, as the scripted server keeps it. */
export interface ServerConversation {
  readonly id: string;
  readonly members: readonly [string, string];
  epoch: number;
  first: number;
  readonly entries: Entry[];
}

/** Returns a valid id that is readable in a failing test. */
export function conversationId(...pair: readonly string[]): string {
  return `d${[...pair].sort().join("-").padEnd(43, "_")}`;
}

export class ServerLogs {
  readonly #conversations = new Map<string, ServerConversation>();

  between(user: string, peer: string): ServerConversation {
    const id = conversationId(user, peer);
    const conversation = this.#conversations.get(id) ?? {
      id,
      members: [user, peer],
      epoch: 1,
      first: 1,
      entries: [],
    };
    this.#conversations.set(id, conversation);
    return conversation;
  }

  get(id: string): ServerConversation | undefined {
    return this.#conversations.get(id);
  }

  of(user: string): ServerConversation[] {
    return [...this.#conversations.values()]
      .filter(({ members, entries }) => members.includes(user) && entries.length > 0)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Appends the entries that are not in the log yet; returns all of them with their seqs. */
  append({ entries: log }: ServerConversation, sender: string, entries: readonly NewEntry[]): Entry[] {
    return entries.map(({ id, kind, body }) => {
      const there = log.find((entry) => entry.id === id && entry.sender === sender);
      if (there !== undefined) return there;
      const seq = log.length + 1;
      const entry = { seq, id, sender, kind, body, sentAtMs: 1_700_000_000_000 + seq };
      log.push(entry);
      return entry;
    });
  }

  /** Appends texts without a client. */
  say(conversation: ServerConversation, sender: string, ...texts: string[]): Entry[] {
    const from = conversation.entries.length;
    const entries = texts.map((text, index) => ({
      id: `${sender}-${from + index + 1}`,
      kind: "text" as const,
      body: { text },
    }));
    return this.append(conversation, sender, entries);
  }
}
