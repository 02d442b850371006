/** @jsxImportSource preact */
import { render } from "preact";
import type { Conversation, ConversationInfo, TimelineEntry } from "../../../../../client/src/index.ts";
import { MessageList } from "../../../../../web/src/components/message-list/message-list.tsx";
import { openChat } from "../../../../../web/src/state/chat.ts";
import { ChatContext } from "../../../../../web/src/state/context.ts";
import "@fontsource-variable/inter/wght.css";
import "../../../../../web/src/styles/index.css";
import type { Drawing, DrawnEntry } from "./drawing.ts";

// A page that shows given entries, without a server: it could not bring so many of them in time.

const never = () => new Promise<never>(() => {});
const chat = openChat({
  user: "me",
  token: never,
  webSocketUrl: never,
  forget: async () => {},
  signOut: async () => {},
});
const conversation: Partial<Conversation> = { markRead() {}, loadOlder: async () => false };
const root = document.getElementById("app") as HTMLElement;
let seq = 0;

function toEntry({ kind, sender, body, reactions }: DrawnEntry): TimelineEntry {
  seq += 1;
  return {
    seq,
    id: `e${seq}`,
    sender,
    kind,
    body,
    sentAtMs: Date.now(),
    status: sender === "me" ? "read" : undefined,
    ...(reactions !== undefined && { reactions }),
  };
}

let drawn: readonly DrawnEntry[] = [];

Object.assign(window, {
  draw(entries: readonly DrawnEntry[]): void {
    drawn = entries;
    const view = {
      info: { conversation: "g", kind: "group", readSeq: 1e9, receipts: [] } as unknown as ConversationInfo,
      entries: entries.map(toEntry),
      typing: [],
      more: false,
    };
    render(
      <ChatContext.Provider value={chat}>
        <main class="conversation">
          <MessageList conversation={conversation as Conversation} view={view} onEdit={() => {}} />
        </main>
      </ChatContext.Provider>,
      root,
    );
  },
  look(): Drawing {
    const region = document.querySelector(".message-scroller") as HTMLElement;
    const edge = region.getBoundingClientRect();
    const isOutside = (element: Element) => {
      const { left, right } = element.getBoundingClientRect();
      return left < edge.left - 1 || right > edge.right + 1;
    };
    const textOf = (text: Element) => {
      const copy = text.cloneNode(true) as Element;
      for (const host of copy.querySelectorAll(".link-host")) host.remove();
      return copy.textContent ?? "";
    };
    return {
      texts: [...document.querySelectorAll(".text")].map(textOf),
      failed:
        document.querySelectorAll(".message").length +
        document.querySelectorAll(".event").length -
        drawn.length,
      scrollsSideways:
        region.scrollWidth > region.clientWidth || document.documentElement.scrollWidth > innerWidth,
      outside: [...document.querySelectorAll(".bubble, .event, .reactions li, .avatar")]
        .filter(isOutside)
        .map((one) => one.textContent ?? ""),
      initials: [...document.querySelectorAll<HTMLElement>(".avatar")].map(
        (one) => one.dataset.initials ?? "",
      ),
      fallbacks: [...document.querySelectorAll(".event")].filter((one) =>
        one.textContent?.includes("cannot show"),
      ).length,
    };
  },
});
