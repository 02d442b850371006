import { UnitMeter } from "../../../functions/core/connections/flood-penalty.ts";
import { connectionBudgets } from "../../../functions/core/connections/frame-budget.ts";
import {
  type AcceptDeps,
  acceptFrame,
  type DirectAppend,
  type SendAnswer,
} from "../../../functions/core/ingest/accept.ts";
import { Admission } from "../../../functions/core/ingest/admission.ts";
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

interface IngestOptions {
  readonly random?: () => number;
  readonly readDepth?: (lane: number) => Promise<number>;
  /** @default none: every frame goes to the queue */
  readonly direct?: DirectAppend;
  /** Does the work of publishing a frame, or something else. @default the work */
  readonly publish?: (work: () => void, signal: AbortSignal) => Promise<void>;
  /** Signal of each request. @default one that never aborts */
  readonly requestSignal?: () => AbortSignal;
}

/**
 * `acceptFrame` with a clock and a queue of any depth. Records every frame that it publishes or posts, and every
 * connection that it closes.
 */
export function ingestSetup(over: IngestOptions = {}) {
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
  const publish = over.publish ?? (async (work: () => void) => work());
  const requestSignal = over.requestSignal ?? (() => new AbortController().signal);
  const deps: AcceptDeps = {
    direct: over.direct,
    entries: {
      publish: (frame, signal) => publish(() => void setup.published.push(frame), signal),
    },
    budgets: connectionBudgets(),
    meter: new UnitMeter(),
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
      requestSignal(),
    );
  const sendMany = async (count: number, connection?: string) => {
    const refusals = [];
    for (let sent = 0; sent < count; sent++) refusals.push(await send(connection));
    return refusals.filter((refusal) => refusal !== undefined);
  };
  return Object.assign(setup, { send, sendMany });
}

/** Returns the error that a frame was answered with, if it was. */
export function errorIn(answer: SendAnswer | undefined) {
  return answer?.type === "error" ? answer.error : undefined;
}
