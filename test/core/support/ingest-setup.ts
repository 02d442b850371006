import { type AcceptDeps, acceptFrame } from "../../../functions/core/ingest/accept.ts";
import { Admission } from "../../../functions/core/ingest/admission.ts";
import { ConnectionRateLimit } from "../../../functions/core/ingest/connection-rate-limit.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import type { ServerFrame } from "../../../protocol/index.ts";
import {
  MemoryAbuseCounter,
  MemoryLeases,
  MemoryMetrics,
  MemoryStore,
  silent,
} from "../../support/memory-ports.ts";
import { MemoryPresenceTopic } from "../../support/memory-presence.ts";

const signal = new AbortController().signal;

/** `acceptFrame` with a clock and a queue of any depth; records every frame it publishes, posts or closes a connection for. */
export function ingestSetup(
  over: { random?: () => number; readDepth?: (lane: number) => Promise<number> } = {},
) {
  const store = new MemoryStore();
  const setup = {
    nowMs: 1_000_000,
    depth: 0,
    reads: 0,
    published: [] as PublishedFrame[],
    posted: [] as { connection: string; frame: ServerFrame }[],
    closed: [] as string[],
    abuse: new MemoryAbuseCounter(),
    store,
    leases: new MemoryLeases(store),
    metrics: new MemoryMetrics(),
  };
  const now = () => setup.nowMs;
  const readDepth = over.readDepth ?? (() => Promise.resolve(setup.depth));
  const deps: AcceptDeps = {
    entries: {
      publish: async (frame) => {
        setup.published.push(frame);
      },
    },
    buckets: new ConnectionRateLimit(),
    admission: new Admission({
      queueDepth: {
        lanes: 4,
        read: (lane) => {
          setup.reads += 1;
          return readDepth(lane);
        },
      },
      admissionDepth: 100,
      now,
      logger: silent,
    }),
    abuse: setup.abuse,
    leases: setup.leases,
    connections: {
      post: async (connection, frame) => {
        setup.posted.push({ connection, frame });
        return "sent";
      },
      close: async (connection) => {
        setup.closed.push(connection);
      },
    },
    presence: new MemoryPresenceTopic(),
    random: over.random ?? (() => 0.99),
    now,
    logger: silent,
    metrics: setup.metrics,
  };
  let messages = 0;
  const send = (connection = "c1", text?: string) =>
    acceptFrame(
      deps,
      {
        user: "alice",
        connection,
        device: undefined,
        messageId: `m${++messages}`,
        text:
          text ??
          JSON.stringify({
            type: "send",
            to: { user: "bob" },
            entries: [{ id: `e${messages}`, kind: "text", body: { text: "hi" } }],
          }),
        receivedAtMs: setup.nowMs,
        connectedAtMs: 0,
        tokenExpiresAtMs: Number.MAX_SAFE_INTEGER,
        tokenIssuedAtMs: 0,
      },
      signal,
    );
  const sendMany = async (count: number, connection?: string) => {
    const refusals = [];
    for (let sent = 0; sent < count; sent++) refusals.push(await send(connection));
    return refusals.filter((refusal) => refusal !== undefined);
  };
  return Object.assign(setup, { send, sendMany });
}
