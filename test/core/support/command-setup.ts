import { expect } from "vitest";
import { answerCommand, type CommandDeps } from "../../../functions/core/command.ts";
import { initialMembers } from "../../../functions/core/commit/conversation-state.ts";
import { directConversationId } from "../../../functions/core/log/conversation-id.ts";
import { frameBytes } from "../../../functions/core/log/frame-packing.ts";
import type { Request } from "../../../functions/core/request.ts";
import { Throttle } from "../../../functions/core/shared/rate-limit.ts";
import type { Segment } from "../../../functions/ports/conversation-log.ts";
import { type Entry, LIMITS } from "../../../protocol/index.ts";
import { headOf } from "../../support/frames.ts";
import {
  MemoryInbox,
  MemoryLeases,
  MemoryLog,
  MemoryStore,
  noMetrics,
  silent,
} from "../../support/memory-ports.ts";
import { MemoryPresenceTopic, MemoryWatches } from "../../support/memory-presence.ts";

export const signal = new AbortController().signal;

/** Stores conversations of Alice with one friend each. Every entry has the given body size and is a segment of its own. */
export async function storeWithConversations(sizes: readonly (readonly number[])[]) {
  const store = new MemoryStore();
  const log = new MemoryLog(store);
  const conversations: string[] = [];
  for (const [index, bodies] of sizes.entries()) {
    const friend = `friend ${index}`;
    const conversation = directConversationId("alice", friend);
    conversations.push(conversation);
    const segments = bodies.map((size, at): Segment => {
      const entry: Entry = {
        seq: at + 1,
        id: `e${at}`,
        sender: friend,
        kind: "x.blob",
        body: "b".repeat(size),
        sentAtMs: at,
      };
      return { entries: [entry], decided: [] };
    });
    const head = headOf({ lastSeq: bodies.length });
    const [first, ...rest] = segments;
    const members = initialMembers(["alice", friend]);
    const change = { creates: true, head, members, segment: first, rewritten: [] };
    if (first) await log.change(conversation, change);
    for (const segment of rest) await log.append(conversation, segment);
  }
  return { store, conversations };
}

export function commandDeps(store: MemoryStore): CommandDeps {
  return {
    log: new MemoryLog(store),
    inbox: new MemoryInbox(store),
    leases: new MemoryLeases(store),
    connections: { post: async () => "sent", close: async () => undefined },
    typingThrottle: new Throttle(1_000),
    watches: new MemoryWatches(),
    presence: new MemoryPresenceTopic(),
    epochFloor: 1,
    now: () => 1_000,
    logger: silent,
    metrics: noMetrics,
  };
}

export function commandRequest(frame: object | string, over: Partial<Request> = {}): Request {
  return {
    user: "alice",
    connection: "c1",
    device: "phone",
    messageId: "m1",
    text: typeof frame === "string" ? frame : JSON.stringify(frame),
    receivedAtMs: 1_000,
    connectedAtMs: 0,
    tokenExpiresAtMs: 10_000,
    tokenIssuedAtMs: 0,
    ...over,
  };
}

/** Sends a command of Alice and returns its result. Checks that the answer fits into one frame, as every answer must. */
export async function requestResult(store: MemoryStore, frame: object): Promise<unknown> {
  const answer = await answerCommand(commandDeps(store), commandRequest({ id: "r1", ...frame }), signal);
  if (answer === undefined) throw new Error("there was no answer");
  expect(frameBytes(answer)).toBeLessThanOrEqual(LIMITS.frameBytes);
  if (answer.type !== "reply" || answer.error) throw new Error(JSON.stringify(answer));
  return answer.result;
}
