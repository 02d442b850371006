import type { PublishBatchCommand, SNSClient } from "@aws-sdk/client-sns";
import { expect, test } from "vitest";
import { SnsOutboundTopic } from "../../../functions/adapters/sns/topics.ts";
import { type BatchDeps, commitBatch, type QueuedRecord } from "../../../functions/core/commit/batch.ts";
import { directConversationId } from "../../../functions/core/log/conversation-id.ts";
import type { WriteResult } from "../../../functions/ports/conversation-log.ts";
import type { ChatEvent } from "../../../functions/ports/events.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import type { Outbound } from "../../../functions/ports/topics.ts";
import type { Entry } from "../../../protocol/index.ts";
import { utf8Bytes } from "../../../protocol/index.ts";
import { ALICE_BOB, published } from "../../support/frames.ts";
import { outboundTo } from "../../support/memory-outbound.ts";
import {
  MemoryInbox,
  MemoryLeases,
  MemoryLog,
  MemoryMetrics,
  MemoryStore,
  silent,
} from "../../support/memory-ports.ts";
import { MemoryPresenceTopic } from "../../support/memory-presence.ts";

class Unavailable extends Error {}
class NotStorable extends Error {}

const ALICE_CAROL = directConversationId("alice", "carol");
const toCarol = (over: Parameters<typeof published>[0] = {}) =>
  published({ conversation: ALICE_CAROL, to: { user: "carol" }, ...over });

/** The batch's world: a store, and what was asked of the queue and the outbound topic. */
function world(failAppend: (texts: string[]) => Error | undefined = () => undefined) {
  const store = new MemoryStore();
  const retried: { handles: readonly string[]; delaySeconds: number }[] = [];
  const deliveries: Outbound[] = [];
  const check = (lastSeq: number, entries: readonly Entry[]) => {
    const appended = entries.filter(({ seq }) => seq > lastSeq);
    const failure = failAppend(appended.map(({ body }) => (body as { text: string }).text));
    if (failure) throw failure;
  };
  class Log extends MemoryLog {
    override async change(...args: Parameters<MemoryLog["change"]>) {
      const { before, after, segments } = args[1];
      check(before?.lastSeq ?? 0, [...segments.flatMap(({ entries }) => entries), ...after.tail]);
      return super.change(...args);
    }
    override async update(...args: Parameters<MemoryLog["update"]>) {
      check(args[1].lastSeq, args[2].tail);
      return super.update(...args);
    }
  }
  const metrics = new MemoryMetrics();
  const deps: BatchDeps = {
    log: new Log(store),
    inbox: new MemoryInbox(store),
    retentionSeconds: undefined,
    events: new Set(),
    leases: new MemoryLeases(store),
    connections: { post: async () => "gone", close: async () => undefined },
    outbound: outboundTo((more) => deliveries.push(...more)),
    presence: new MemoryPresenceTopic(),
    queue: {
      retryAfter: async (handles, delaySeconds) => {
        retried.push({ handles, delaySeconds });
      },
    },
    faultOf: (error) =>
      error instanceof NotStorable ? "frame" : error instanceof TypeError ? "defect" : undefined,
    epochFloor: 1,
    headBytes: 1024,
    now: () => 10_000,
    logger: silent,
    metrics,
  };
  return { store, deps, retried, deliveries, metrics };
}

const answering = (outcome: "sent" | "retry") => ({
  post: async () => outcome,
  close: async () => undefined,
});

const records = (frames: readonly (PublishedFrame | string)[], receiveCount = 1): QueuedRecord[] =>
  frames.map((frame, index) => ({
    id: `m${index}`,
    receiptHandle: `r${index}`,
    group: typeof frame === "string" ? ALICE_BOB : frame.conversation,
    body: typeof frame === "string" ? frame : JSON.stringify(frame),
    receiveCount,
  }));

const texts = (store: MemoryStore, conversation: string) =>
  store.entries(conversation).map(({ body }) => (body as { text: string }).text);

test("the failure of one conversation fails its own records only, and they are retried in seconds", async () => {
  const { store, deps, retried } = world((batch) => (batch.includes("b1") ? new Unavailable() : undefined));
  const frames = [
    toCarol({ texts: ["c1"] }),
    published({ texts: ["b1"] }),
    toCarol({ texts: ["c2"] }),
    published({ texts: ["b2"] }),
  ];
  expect(await commitBatch(deps, records(frames))).toEqual(["m1", "m3"]);
  expect(texts(store, ALICE_CAROL)).toEqual(["c1", "c2"]);
  expect(texts(store, ALICE_BOB)).toEqual([]);
  expect(retried).toEqual([{ handles: ["r1", "r3"], delaySeconds: 1 }]);
});

test("retries come slower each time, but never later than half a minute", async () => {
  for (const [receiveCount, delaySeconds] of [
    [2, 2],
    [4, 8],
    [9, 30],
  ] as const) {
    const { deps, retried } = world(() => new Unavailable());
    await commitBatch(deps, records([published()], receiveCount));
    expect(retried[0]?.delaySeconds).toBe(delaySeconds);
  }
});

test("a frame that cannot be stored is refused alone, and those before and after it are committed", async () => {
  const { store, deps, deliveries } = world((batch) =>
    batch.includes("bad") ? new NotStorable() : undefined,
  );
  const frames = ["good", "bad", "better"].map((body) => published({ texts: [body] }));
  expect(await commitBatch(deps, records(frames))).toEqual([]);
  expect(texts(store, ALICE_BOB)).toEqual(["good", "better"]);
  expect(deliveries).toMatchObject([
    {
      type: "deliver.answer",
      frame: { type: "reject", error: { code: "internal" }, ids: [frames[1]?.entries[0]?.id] },
    },
  ]);
});

test("a frame that meets a mistake of ours is not refused: it waits with those after it, and those before it are committed", async () => {
  let isMended = false;
  const { store, deps, deliveries, metrics } = world((batch) =>
    batch.includes("odd") && !isMended ? new TypeError("x is not a function") : undefined,
  );
  const batch = records(["first", "odd", "last"].map((body) => published({ texts: [body] })));
  expect(await commitBatch(deps, batch)).toEqual(["m1", "m2"]);
  expect(texts(store, ALICE_BOB)).toEqual(["first"]);
  isMended = true;
  expect(await commitBatch(deps, batch.slice(1))).toEqual([]);
  expect(texts(store, ALICE_BOB)).toEqual(["first", "odd", "last"]);
  expect(deliveries.filter((one) => one.type === "deliver.answer" && one.frame.type === "reject")).toEqual(
    [],
  );
  expect(metrics.counts["Rejected internal"]).toBeUndefined();
});

test("each frame of a batch is counted once, by its outcome", async () => {
  const { deps, metrics } = world((batch) => {
    if (batch.includes("later")) return new Unavailable();
    return batch.includes("bad") ? new NotStorable() : undefined;
  });
  const receivedAtMs = 9_700;
  const batch = records([
    published({ texts: ["one", "two"], receivedAtMs }),
    published({ texts: ["bad"], receivedAtMs }),
    toCarol({ texts: ["later"], receivedAtMs }),
  ]);
  await commitBatch(deps, batch);
  expect(metrics.counts).toEqual({ Committed: 2, "Rejected internal": 1, Retried: 1 });
  expect(metrics.measured).toEqual({ CommitLatency: [300] });
});

test("a redelivery or resend of what is in the log is not counted again", async () => {
  const { deps, metrics } = world();
  const frame = published({ texts: ["one"] });
  await commitBatch(deps, records([frame]));
  await commitBatch(deps, records([frame], 2));
  await commitBatch(deps, records([{ ...frame, frame: "a resend", seen: "recent" }]));
  expect(metrics.counts).toEqual({ Committed: 1 });
  expect(metrics.measured.CommitLatency).toHaveLength(1);
});

test("a frame that is refused is counted by the code of the error", async () => {
  const { deps, metrics } = world();
  await commitBatch(deps, records([{ ...published(), conversation: `g${"a".repeat(43)}`, to: undefined }]));
  expect(metrics.counts).toEqual({ "Rejected not_found": 1 });
});

test("when frames are appended one by one and one fails temporarily, it and all after it are retried in order", async () => {
  const { store, deps } = world((batch) => {
    if (batch.length > 1) return new NotStorable();
    return batch.includes("two") ? new Unavailable() : undefined;
  });
  const frames = ["one", "two", "three"].map((body) => published({ texts: [body] }));
  expect(await commitBatch(deps, records(frames))).toEqual(["m1", "m2"]);
  expect(texts(store, ALICE_BOB)).toEqual(["one"]);
});

test.each([
  ["text that is not JSON", "{"],
  ["JSON that is not a frame", '{"frame":1}'],
  ["a frame in another conversation's group", JSON.stringify(toCarol())],
])("%s is poison: it comes back at once until it is dead, and holds nothing up", async (_, poison) => {
  const { store, deps, retried } = world();
  expect(
    await commitBatch(deps, records([published({ texts: ["a"] }), poison, published({ texts: ["b"] })])),
  ).toEqual(["m1"]);
  expect(texts(store, ALICE_BOB)).toEqual(["a", "b"]);
  expect(retried).toEqual([{ handles: ["r1"], delaySeconds: 0 }]);
});

test("when the visibility cannot be shortened, the records are still retried", async () => {
  const { deps } = world(() => new Unavailable());
  const queue = { retryAfter: () => Promise.reject(new Unavailable()) };
  expect(await commitBatch({ ...deps, queue }, records([published()]))).toEqual(["m0"]);
});

test("a record whose fan-out could be neither done nor queued is retried", async () => {
  const { store, deps } = world();
  const connections = { ...deps.connections, post: async () => "retry" as const };
  const outbound = outboundTo(() => Promise.reject(new Unavailable()));
  expect(
    await commitBatch({ ...deps, connections, outbound }, records([published({ texts: ["a"] })])),
  ).toEqual(["m0"]);
  expect(texts(store, ALICE_BOB)).toEqual(["a"]);
});

test("a lease that cannot be removed fails nothing", async () => {
  const { store, deps } = world();
  class Leases extends MemoryLeases {
    override remove(): Promise<never> {
      return Promise.reject(new Unavailable());
    }
  }
  expect(await commitBatch({ ...deps, leases: new Leases(store) }, records([published()]))).toEqual([]);
});

test("when a refusal can be neither posted nor queued, its conversation is retried and the others are not affected", async () => {
  const { store, deps, retried } = world((batch) => (batch.includes("bad") ? new NotStorable() : undefined));
  const outbound = outboundTo(() => Promise.reject(new Unavailable()));
  const frames = [published({ texts: ["good"] }), published({ texts: ["bad"] }), toCarol({ texts: ["c1"] })];
  const leases = new MemoryLeases(new MemoryStore());
  expect(
    await commitBatch({ ...deps, outbound, leases, connections: answering("sent") }, records(frames)),
  ).toEqual(["m0", "m1"]);
  expect(texts(store, ALICE_CAROL)).toEqual(["c1"]);
  expect(retried).toEqual([{ handles: ["r0", "r1"], delaySeconds: 1 }]);
});

test("entries that are in the log are retried, never refused, whatever fails afterwards", async () => {
  const { store, deps, deliveries } = world();
  class Leases extends MemoryLeases {
    override read(): Promise<never> {
      return Promise.reject(new NotStorable());
    }
  }
  expect(
    await commitBatch({ ...deps, leases: new Leases(store) }, records([published({ texts: ["a"] })])),
  ).toEqual(["m0"]);
  expect(texts(store, ALICE_BOB)).toEqual(["a"]);
  expect(deliveries).toEqual([]);
});

test("nothing is pending when a batch ends, not even when a part of it failed", async () => {
  const { store, deps } = world();
  let open = 0;
  const connections = {
    post: async () => {
      open += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      open -= 1;
      return "sent" as const;
    },
    close: async () => undefined,
  };
  class Leases extends MemoryLeases {
    override read(): Promise<never> {
      return Promise.reject(new Unavailable());
    }
  }
  await commitBatch({ ...deps, connections, leases: new Leases(store) }, records([published()]));
  expect(open).toBe(0);
});

test("one frame with an old `seen` does not make the others of its batch stale", async () => {
  const { store, deps, deliveries } = world();
  // A page of one segment: the entries of three do not reach back to the first.
  const log = new MemoryLog(store, undefined, 1);
  for (let seq = 0; seq < 30; seq++)
    await commitBatch({ ...deps, log }, records([published({ seen: [1, seq] })]));
  deliveries.length = 0;
  const frames = [
    published({ seen: [1, 1], texts: ["far back"] }),
    published({ seen: [1, 29], texts: ["up to date"] }),
  ];
  const connections = answering("retry");
  expect(await commitBatch({ ...deps, log, connections }, records(frames))).toEqual([]);
  expect(texts(store, ALICE_BOB)).toContain("up to date");
  expect(deliveries).toMatchObject([
    { frame: { type: "reject", error: { code: "stale" } } },
    { frame: { type: "ack" } },
  ]);
});

test("a batch that loses twenty races is retried later, and one that loses fewer is committed", async () => {
  for (const lost of [19, 20]) {
    const { store, deps } = world();
    await commitBatch(deps, records([published({ texts: ["first"] })]));
    let left = lost;
    class Log extends MemoryLog {
      override async update(...args: Parameters<MemoryLog["update"]>): Promise<WriteResult> {
        left -= 1;
        return left < 0 ? super.update(...args) : { done: false, head: store.heads.get(ALICE_BOB) };
      }
    }
    const batch = records([published({ texts: ["second"] })]);
    expect(await commitBatch({ ...deps, log: new Log(store) }, batch)).toEqual(lost < 20 ? [] : ["m0"]);
    expect(texts(store, ALICE_BOB)).toEqual(lost < 20 ? ["first", "second"] : ["first"]);
  }
});

test("ten frames whose events are as large as events get are committed once, and their events published", async () => {
  const { deps, deliveries } = world();
  const sizes: number[] = [];
  const client = {
    async send({ input }: PublishBatchCommand) {
      const sent = input.PublishBatchRequestEntries ?? [];
      const size = sent.reduce((sum, { Message = "" }) => sum + utf8Bytes(Message), 0);
      if (size > 256 * 1024) throw Object.assign(new Error(), { name: "BatchRequestTooLongException" });
      sizes.push(size);
      deliveries.push(...sent.map(({ Message = "" }) => JSON.parse(Message)));
      return {};
    },
  };
  const outbound = new SnsOutboundTopic(client as unknown as SNSClient, "arn");
  const events = new Set(["message.committed", "message.undelivered"] as const);
  const frames = Array.from({ length: 10 }, () =>
    published({ texts: Array.from({ length: 25 }, () => "\u0001".repeat(160)) }),
  );
  const connections = answering("sent");
  expect(await commitBatch({ ...deps, outbound, events, connections }, records(frames))).toEqual([]);
  const undelivered = (deliveries as unknown as ChatEvent[]).flatMap((event) =>
    event.type === "message.undelivered" ? event.messages : [],
  );
  expect(undelivered).toHaveLength(250);
  expect(deps.metrics).toMatchObject({ counts: expect.not.objectContaining({ EventsRefused: 1 }) });
});
