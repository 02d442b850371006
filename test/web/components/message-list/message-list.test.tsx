/** @jsxImportSource preact */
// @vitest-environment happy-dom
import { options, render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Conversation, ConversationView, TimelineEntry } from "../../../../client/src/index.ts";
import { MessageList } from "../../../../web/src/components/message-list/message-list.tsx";
import type { Chat } from "../../../../web/src/state/chat.ts";
import { ChatContext } from "../../../../web/src/state/context.ts";
import { LookAlikes } from "../../../../web/src/state/look-alikes.ts";
import { Signal } from "../../../../web/src/state/signal.ts";
import { conversationInfo } from "../../support/conversation-info.ts";

const NOON = new Date(2026, 10, 22, 12).getTime();
const INFO = conversationInfo({ peer: "bob", readSeq: 10_000 });

function entry(seq: number, changes: Partial<TimelineEntry> = {}): TimelineEntry {
  return {
    seq,
    id: `e${seq}`,
    sender: seq % 2 === 0 ? "alice" : "bob",
    kind: "text",
    body: { text: `number ${seq}` },
    sentAtMs: NOON + seq * 60_000,
    status: seq % 2 === 0 ? "sent" : undefined,
    ...changes,
  };
}

const entriesUpTo = (count: number) => Array.from({ length: count }, (_, index) => entry(index + 1));

/** Shows a message list, as the page does. */
class Screen {
  readonly root = document.createElement("div");
  #view: ConversationView;

  constructor(entries: readonly TimelineEntry[]) {
    document.body.append(this.root);
    this.#view = { info: INFO, entries, typing: [], more: false };
    this.show({});
  }

  show(change: Partial<ConversationView>): void {
    this.#view = { ...this.#view, ...change };
    const chat = {
      user: "alice",
      client: { status: new Signal("online") },
      clock: { day: new Signal("2026-11-22"), nowMs: () => NOON },
      lookAlikes: new LookAlikes("alice", new Signal([])),
      updatePendingCount() {},
    } as unknown as Chat;
    const conversation = CONVERSATION as Conversation;
    act(() =>
      render(
        <ChatContext.Provider value={this.#chat ?? chat}>
          <MessageList conversation={conversation} view={this.#view} onEdit={() => {}} />
        </ChatContext.Provider>,
        this.root,
      ),
    );
    this.#chat ??= chat;
  }

  #chat: Chat | undefined;

  get texts(): (string | null)[] {
    return [...this.root.querySelectorAll(".text")].map(({ textContent }) => textContent);
  }
}

const CONVERSATION: Partial<Conversation> = { markRead() {}, loadOlder: async () => false };

let created = 0;
const { vnode: originalHook } = options;

beforeEach(() => {
  created = 0;
  options.vnode = (vnode) => {
    created += 1;
    originalHook?.(vnode);
  };
});

afterEach(() => {
  if (originalHook === undefined) delete options.vnode;
  else options.vnode = originalHook;
  document.body.replaceChildren();
});

/** Returns how many elements are made for a change. */
function elementsFor(change: () => void): number {
  created = 0;
  change();
  return created;
}

const CHANGES: Record<string, (screen: Screen, entries: readonly TimelineEntry[]) => void> = {
  "a key in the field": (screen) => screen.show({}),
  "a typing notice": (screen, entries) => screen.show({ entries: [...entries], typing: ["bob"] }),
  "a change of the conversation": (screen, entries) =>
    screen.show({ entries: [...entries], info: { ...INFO, muted: true } }),
  "a receipt": (screen, entries) =>
    screen.show({
      entries: entries.map((one, index) => (index === entries.length - 1 ? { ...one, status: "read" } : one)),
    }),
  "an arriving message": (screen, entries) =>
    screen.show({ entries: [...entries, entry(entries.length + 1)] }),
  "a message of this user": (screen, entries) =>
    screen.show({
      entries: [...entries, entry(0, { id: "new", seq: undefined, sentAtMs: undefined, status: "queued" })],
    }),
  "a reaction to the oldest message": (screen, entries) =>
    screen.show({
      entries: entries.map((one, index) => (index === 0 ? { ...one, reactions: { "👍": ["bob"] } } : one)),
    }),
};

describe("however many messages are shown", () => {
  const costsOf = (name: string, count: number) => {
    const entries = entriesUpTo(count);
    const screen = new Screen(entries);
    expect(screen.texts).toHaveLength(count);
    return elementsFor(() => CHANGES[name]?.(screen, entries));
  };

  // The largest lists take seconds to draw at first.
  const CASES = [
    ...Object.keys(CHANGES).map((name): [string, number] => [name, 320]),
    ...["a key in the field", "an arriving message"].map((name): [string, number] => [name, 3_008]),
  ];
  test.each(CASES)("%s costs the same, at 64 and at %i", (name, count) => {
    const [few, many] = [costsOf(name, 64), costsOf(name, count)];
    // An element for each group of rows is all that there is more of.
    expect(many - few).toBeLessThanOrEqual((count - 64) / 32);
    expect(many).toBeLessThan(300);
  });

  test("older ones cost what they are", () => {
    const entries = entriesUpTo(320);
    const screen = new Screen(entries.slice(50));
    const cost = elementsFor(() => screen.show({ entries }));
    expect(screen.texts[0]).toBe("number 1");
    const alone = elementsFor(() => new Screen(entries.slice(0, 50)));
    expect(cost).toBeLessThan(alone + 300);
  });
});

describe("a message that cannot be drawn", () => {
  const broken = { toString: () => "broken" } as unknown as number;
  beforeEach(() => void vi.spyOn(console, "error").mockImplementation(() => {}));
  afterEach(() => void vi.restoreAllMocks());

  test.each<[string, Partial<TimelineEntry>]>([
    ["has a text that is none", { body: { text: { not: "a text" } } }],
    ["has no body", { body: undefined }],
    ["has a time that there is not", { sentAtMs: 9e15 }],
    ["has a time of another type", { sentAtMs: broken }],
    ["has a sender that is no name", { sender: { a: 1 } as unknown as string }],
    ["has reactions of nobody", { reactions: { "👍": null } as unknown as Record<string, string[]> }],
    ["is of a kind that is none", { kind: "rename", body: { title: { toString: null } } }],
  ])("hides no other one: one that %s", (_, change) => {
    const screen = new Screen([entry(1), entry(2, change), entry(3)]);
    expect(screen.texts.at(0)).toBe("number 1");
    expect(screen.texts.at(-1)).toBe("number 3");
  });

  test("is said to be there, and shown once it can be", () => {
    const screen = new Screen([entry(1), entry(2, { body: undefined }), entry(3)]);
    expect(screen.root.textContent).toContain("A message is here that this page cannot show.");
    expect(console.error).toHaveBeenCalled();
    screen.show({ entries: [entry(1), entry(2), entry(3)] });
    expect(screen.texts).toEqual(["number 1", "number 2", "number 3"]);
    expect(screen.root.textContent).not.toContain("cannot show");
  });
});
