import type { Entry, SyncedConversation } from "../../../protocol/index.ts";
import { conversationId } from "./server-log.ts";

export const WITH_BOB = conversationId("alice", "bob");

/** An entry of the conversation with Bob. */
export function entry(seq: number, changes: Partial<Entry> = {}): Entry {
  return {
    seq,
    id: `bob-${seq}`,
    sender: "bob",
    kind: "text",
    body: { text: `text ${seq}` },
    sentAtMs: 1_700_000_000_000 + seq,
    ...changes,
  };
}

export function entries(from: number, to: number): Entry[] {
  return Array.from({ length: to - from + 1 }, (_, index) => entry(from + index));
}

/** The conversation with Bob in a page of sync. */
export function withBob(lastSeq: number, changes: Partial<SyncedConversation> = {}): SyncedConversation {
  return {
    conversation: WITH_BOB,
    kind: "direct",
    peer: "bob",
    epoch: 1,
    lastSeq,
    first: 1,
    readSeq: 0,
    unread: 0,
    entries: [],
    ...changes,
  };
}
