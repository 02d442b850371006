import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import type { Head } from "../../functions/ports/conversation-log.ts";
import type { PublishedFrame } from "../../functions/ports/published-frame.ts";

export const ALICE_BOB = directConversationId("alice", "bob");

let counter = 0;

/** Builds a frame of Alice to Bob as `send` publishes it, with the given changes. */
export function published(over: Partial<PublishedFrame> & { texts?: string[] } = {}): PublishedFrame {
  counter += 1;
  const { texts = ["hello"], ...rest } = over;
  return {
    frame: `frame-${counter}`,
    sender: { user: "alice", connection: "alice-1" },
    conversation: ALICE_BOB,
    to: { user: "bob" },
    entries: texts.map((text, index) => ({
      id: `e${counter}-${index}`,
      kind: "text" as const,
      body: { text },
    })),
    receivedAtMs: 1_000 + counter,
    ...rest,
  };
}

/** Builds a head as it is read, with the given changes. */
export function headOf(over: Partial<Head> = {}): Head {
  return {
    kind: "direct",
    history: "joined",
    createdAtMs: 0,
    epoch: 1,
    epochBase: 0,
    version: "001.00000001.test",
    tailFirst: (over.lastSeq ?? 0) + 1,
    tail: [],
    lastSeq: 0,
    updatedAtMs: 0,
    preview: undefined,
    decided: [],
    membersVersion: 1,
    memberCount: 2,
    ownerCount: 0,
    ...over,
  };
}
