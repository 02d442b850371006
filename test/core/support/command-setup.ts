import { expect } from "vitest";
import { answerCommand, type CommandDeps } from "../../../functions/core/command.ts";
import { UnitMeter } from "../../../functions/core/connections/flood-penalty.ts";
import { connectionBudgets, connectionWatchRate } from "../../../functions/core/connections/frame-budget.ts";
import { directConversationId } from "../../../functions/core/log/conversation-id.ts";
import { frameBytes } from "../../../functions/core/log/frame-packing.ts";
import { LogEnds } from "../../../functions/core/receipts/log-ends.ts";
import { ReceiptPace } from "../../../functions/core/receipts/receipt-pace.ts";
import type { Request } from "../../../functions/core/request.ts";
import { Throttle } from "../../../functions/core/shared/rate-limit.ts";
import { type Entry, LIMITS } from "../../../protocol/index.ts";
import { headOf } from "../../support/frames.ts";
import {
  MemoryAbuseCounter,
  MemoryInbox,
  MemoryLeases,
  MemoryLog,
  MemoryStore,
  noMetrics,
  silent,
} from "../../support/memory-ports.ts";
import { MemoryPresenceTopic, MemoryWatches } from "../../support/memory-presence.ts";

export const signal = new AbortController().signal;

interface Stored {
  readonly store: MemoryStore;
  /** Ids, in the order in which the conversations were given. */
  readonly conversations: readonly string[];
}

/**
 * Stores conversations of Alice with one friend each. Every entry has the given body size and is a segment of its own,
 * except the last `tailLength` of each conversation, which are in its head.
 */
export function storeWithConversations(sizes: readonly (readonly number[])[], tailLength = 0): Stored {
  const logs = sizes.map((bodies, index) =>
    bodies.map(
      (size, at): Entry => ({
        seq: at + 1,
        id: `e${at}`,
        sender: `friend ${index}`,
        kind: "x.blob",
        body: "b".repeat(size),
        sentAtMs: at,
      }),
    ),
  );
  return storeWithLogs(logs, { tailLength, segmentLength: 1 });
}

/** Stores a direct conversation of Alice for each log, with `friend 0`, `friend 1`, …; both have spoken in each. */
export function storeWithLogs(
  logs: readonly (readonly Entry[])[],
  { tailLength, segmentLength, now }: { tailLength: number; segmentLength: number; now?: () => number },
): Stored {
  const store = new MemoryStore(now);
  const conversations = logs.map((entries, index) => {
    const friend = `friend ${index}`;
    const conversation = directConversationId("alice", friend);
    if (entries.length === 0) return conversation;
    const stored = entries.slice(0, Math.max(0, entries.length - tailLength));
    for (let at = 0; at < stored.length; at += segmentLength) {
      const segment = { entries: stored.slice(at, at + segmentLength), headVersion: "001.00000001.test" };
      store.put(conversation, segment);
    }
    const lastSeq = entries.length;
    const tail = entries.slice(stored.length);
    const updatedAtMs = entries.at(-1)?.sentAtMs ?? 0;
    store.heads.set(conversation, headOf({ lastSeq, tail, tailFirst: stored.length + 1, updatedAtMs }));
    for (const [user, peer] of [
      ["alice", friend],
      [friend, "alice"],
    ] as const) {
      const member = { role: "member", ranges: [[1]], spoken: true } as const;
      store.putMember(conversation, { user, ...member });
      store.putRow(user, { conversation, peer, ...member, peerSpoken: true });
    }
    return conversation;
  });
  return { store, conversations };
}

export function commandDeps(store: MemoryStore, over: Partial<CommandDeps> = {}): CommandDeps {
  return {
    log: new MemoryLog(store),
    inbox: new MemoryInbox(store),
    leases: new MemoryLeases(store),
    abuse: new MemoryAbuseCounter(),
    budgets: connectionBudgets(),
    meter: new UnitMeter(),
    connections: { post: async () => "sent", close: async () => undefined },
    receiptPace: new ReceiptPace(),
    typingThrottle: new Throttle(1_000),
    logEnds: new LogEnds(),
    watches: new MemoryWatches(),
    watchRate: connectionWatchRate(),
    presence: new MemoryPresenceTopic(),
    outbound: { publish: async () => undefined },
    epochFloor: 1,
    now: () => 1_000,
    logger: silent,
    metrics: noMetrics,
    ...over,
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
export async function requestResult(
  store: MemoryStore,
  frame: object,
  over: Partial<CommandDeps> = {},
): Promise<unknown> {
  const deps = commandDeps(store, over);
  const answer = await answerCommand(deps, commandRequest({ id: "r1", ...frame }), signal);
  if (answer === undefined) throw new Error("there was no answer");
  expect(frameBytes(answer)).toBeLessThanOrEqual(LIMITS.frameBytes);
  if (answer.type !== "reply" || answer.error) throw new Error(JSON.stringify(answer));
  return answer.result;
}
