import { UnitMeter } from "../../../functions/core/connections/flood-penalty.ts";
import { connectionBudgets, connectionWatchRate } from "../../../functions/core/connections/frame-budget.ts";
import { isDirect } from "../../../functions/core/log/conversation-id.ts";
import { LogEnds } from "../../../functions/core/receipts/log-ends.ts";
import { ReceiptPace } from "../../../functions/core/receipts/receipt-pace.ts";
import { Throttle } from "../../../functions/core/shared/rate-limit.ts";
import type { PostOutcome } from "../../../functions/ports/connections.ts";
import type { SeqRange } from "../../../functions/ports/conversation-log.ts";
import type { InboxRow } from "../../../functions/ports/inbox.ts";
import type { Delivery } from "../../../functions/ports/topics.ts";
import type { ServerFrame } from "../../../protocol/index.ts";
import type { Step } from "../../support/interleaving.ts";
import {
  MemoryAbuseCounter,
  MemoryInbox,
  MemoryLeases,
  MemoryLog,
  MemoryMetrics,
  MemoryStore,
  silent,
} from "../../support/memory-ports.ts";
import { MemoryPresenceTopic, MemoryWatches, type WatchStore } from "../../support/memory-presence.ts";

export const signal = new AbortController().signal;
export const NOW_MS = 1_000_000;
export const GROUP = `g${"a".repeat(43)}`;

/** The ports of presence in memory; every post has the given outcome. */
export function presenceSetup({ outcome = "sent", step }: { outcome?: PostOutcome; step?: Step } = {}) {
  const store = new MemoryStore();
  const watches: WatchStore = new Map();
  const presence = new MemoryPresenceTopic(step);
  const posts: { connection: string; frame: ServerFrame }[] = [];
  const closed: string[] = [];
  const deliveries: Delivery[] = [];
  const metrics = new MemoryMetrics();
  const deps = {
    now: () => NOW_MS,
    log: new MemoryLog(store),
    inbox: new MemoryInbox(store),
    leases: new MemoryLeases(store, step),
    abuse: new MemoryAbuseCounter(),
    budgets: connectionBudgets(),
    meter: new UnitMeter(),
    watches: new MemoryWatches(watches),
    watchRate: connectionWatchRate(),
    presence,
    outbound: { publish: async (more: readonly Delivery[]) => void deliveries.push(...more) },
    connections: {
      post: async (connection: string, frame: ServerFrame) => {
        posts.push({ connection, frame });
        return outcome;
      },
      close: async (connection: string) => void closed.push(connection),
    },
    queue: { retryAfter: async () => undefined },
    receiptPace: new ReceiptPace(),
    typingThrottle: new Throttle(1_000),
    logEnds: new LogEnds(),
    epochFloor: 1,
    logger: silent,
    metrics,
  };
  /** Stores a row; of a direct conversation, in which both have spoken. */
  const row = (
    user: string,
    conversation: string,
    ranges: readonly SeqRange[],
    over: Partial<InboxRow> = {},
  ) => {
    const direct = isDirect(conversation) && { peer: "", spoken: true, peerSpoken: true };
    store.putRow(user, { conversation, role: "member", ranges, ...direct, ...over });
  };
  return { store, watches, presence, posts, closed, deliveries, deps, row, metrics };
}

export const newConnection = (user: string, name: string) => ({
  user,
  connection: name,
  device: undefined,
  connectedAtMs: NOW_MS,
  tokenExpiresAtMs: 10 ** 15,
  tokenIssuedAtMs: 0,
});
