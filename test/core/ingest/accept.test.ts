import { expect, test } from "vitest";
import { type AcceptDeps, acceptFrame } from "../../../functions/core/ingest/accept.ts";
import { Admission } from "../../../functions/core/ingest/admission.ts";
import { ConnectionRateLimit } from "../../../functions/core/ingest/connection-rate-limit.ts";
import { laneDigit, laneOf } from "../../../functions/core/shared/partition.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import { LIMITS, type ServerFrame } from "../../../protocol/index.ts";
import { LANE_ATTRIBUTE, LANE_COUNTS, laneFilterPolicy } from "../../../wiring/lanes.ts";
import {
  CountedMetrics,
  MemoryAbuseCounter,
  MemoryLeases,
  MemoryStore,
  silent,
} from "../../support/memory-ports.ts";
import { MemoryPresenceTopic } from "../../support/memory-presence.ts";

const signal = new AbortController().signal;

/** The door with a clock, a queue of any depth, and every frame it let through or sent back. */
function door(over: { random?: () => number; readDepth?: (lane: number) => Promise<number> } = {}) {
  const store = new MemoryStore();
  const world = {
    nowMs: 1_000_000,
    depth: 0,
    reads: 0,
    published: [] as PublishedFrame[],
    posted: [] as { connection: string; frame: ServerFrame }[],
    closed: [] as string[],
    abuse: new MemoryAbuseCounter(),
    store,
    leases: new MemoryLeases(store),
    metrics: new CountedMetrics(),
  };
  const now = () => world.nowMs;
  const readDepth = over.readDepth ?? (() => Promise.resolve(world.depth));
  const deps: AcceptDeps = {
    entries: {
      publish: async (frame) => {
        world.published.push(frame);
      },
    },
    buckets: new ConnectionRateLimit(),
    admission: new Admission({
      queueDepth: {
        lanes: 4,
        read: (lane) => {
          world.reads += 1;
          return readDepth(lane);
        },
      },
      admissionDepth: 100,
      now,
      logger: silent,
    }),
    abuse: world.abuse,
    leases: world.leases,
    connections: {
      post: async (connection, frame) => {
        world.posted.push({ connection, frame });
        return "sent";
      },
      close: async (connection) => {
        world.closed.push(connection);
      },
    },
    presence: new MemoryPresenceTopic(),
    random: over.random ?? (() => 0.99),
    now,
    logger: silent,
    metrics: world.metrics,
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
        receivedAtMs: world.nowMs,
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
  return Object.assign(world, { send, sendMany });
}

test.for(LANE_COUNTS)(
  "with %d lanes, the lane a conversation is looked up in is the one that takes it",
  (lanes) => {
    for (let number = 0; number < 200; number++) {
      const conversation = `conversation-${number}`;
      const policy = laneFilterPolicy(undefined, laneOf(conversation, lanes), lanes);
      if (lanes === 1) expect(policy).toBeUndefined();
      else expect(policy?.[LANE_ATTRIBUTE]).toContain(laneDigit(conversation));
    }
  },
);

test("a lane beyond its depth takes no more: the sender is told so, with the ids and when to come again", async () => {
  const at = door();
  at.depth = 101;
  expect(await at.send()).toMatchObject({
    type: "error",
    ids: ["e1"],
    error: { code: "overloaded", temporary: true, retryAfterMs: expect.any(Number) },
  });
  expect(at.published).toEqual([]);
  at.depth = 100;
  at.nowMs += 5_000;
  expect(await at.send()).toBeUndefined();
});

test("who a frame is from is the connection's word: a frame that says otherwise is refused", async () => {
  const at = door();
  await at.send();
  expect(at.published.map(({ sender }) => sender)).toEqual([{ user: "alice", connection: "c1" }]);
  const entries = [{ id: "e", kind: "text", body: { text: "I am Bob" } }];
  for (const claim of [{ sender: "bob" }, { sender: { user: "bob" } }, { user: "bob" }, { system: true }]) {
    const text = JSON.stringify({ type: "send", to: { user: "carol" }, entries, ...claim });
    expect((await at.send("c1", text))?.error.code).toBe("malformed");
  }
  expect(at.published).toHaveLength(1);
});

test("what is let in, and what is not, is counted", async () => {
  const at = door();
  await at.sendMany(3);
  await at.send("c1", "no frame");
  at.depth = 101;
  at.nowMs += 5_000;
  // The first one has the lane looked at.
  await at.sendMany(3);
  expect(at.metrics.counts).toEqual({ Accepted: 4, "Rejected malformed": 1, Overloaded: 2 });
});

test("refused senders are asked to come back at different times", async () => {
  for (const [random, retryAfterMs] of [
    [0, 5_000],
    [0.5, 7_500],
  ] as const) {
    const at = door({ random: () => random });
    at.depth = 1_000;
    expect((await at.send())?.error.retryAfterMs).toBe(retryAfterMs);
  }
});

test("the depth is read every five seconds, not for every frame", async () => {
  const at = door();
  await at.sendMany(20);
  expect(at.reads).toBe(1);
  at.nowMs += 4_999;
  await at.send();
  expect(at.reads).toBe(1);
  at.nowMs += 1;
  await at.send();
  expect(at.reads).toBe(2);
});

test("a lane that was far from full is read while the frame is published already, one that was filling before", async () => {
  const depths = [10, 60, 101];
  let answer = () => undefined as undefined;
  const at = door({
    readDepth: async () => {
      const depth = depths.shift() ?? 0;
      if (depth === 60) {
        await new Promise<void>((resolve) => {
          answer = () => void resolve();
        });
      }
      return depth;
    },
  });
  await at.send();
  at.nowMs += 5_000;
  let done = false;
  const sent = at.send().finally(() => {
    done = true;
  });
  // Published, and not done before the reading is.
  await new Promise((resolve) => setImmediate(resolve));
  expect([at.published.length, done]).toEqual([2, false]);
  answer();
  expect(await sent).toBeUndefined();
  at.nowMs += 5_000;
  expect((await at.send())?.error.code).toBe("overloaded");
});

test("a depth that cannot be read refuses nobody", async () => {
  const at = door({ readDepth: () => Promise.reject(new Error("no SQS")) });
  expect(await at.send()).toBeUndefined();
  expect(at.published).toHaveLength(1);
});

test("a connection may send a burst, and then so many frames a second", async () => {
  const at = door();
  expect(await at.sendMany(LIMITS.frameBurst)).toEqual([]);
  expect(await at.send()).toMatchObject({
    ids: [`e${LIMITS.frameBurst + 1}`],
    error: { code: "rate_limited", temporary: true, retryAfterMs: 1000 / LIMITS.framesPerSecond },
  });
  at.nowMs += 1_000;
  expect(await at.sendMany(LIMITS.framesPerSecond + 5)).toHaveLength(5);
  expect(at.published).toHaveLength(LIMITS.frameBurst + LIMITS.framesPerSecond);
});

test("connections have a bucket each, and frames that are no frames take from it too", async () => {
  const at = door();
  for (let sent = 0; sent < LIMITS.frameBurst; sent++) await at.send("c1", "not JSON");
  expect((await at.send("c1"))?.error.code).toBe("rate_limited");
  expect(await at.send("c2")).toBeUndefined();
});

test("the buckets of ten thousand connections are kept, those quiet longest are forgotten", () => {
  const buckets = new ConnectionRateLimit();
  const drain = (connection: string) => {
    for (let taken = 0; taken < LIMITS.frameBurst; taken++) buckets.take(connection, 0);
  };
  drain("quiet");
  drain("busy");
  for (let number = 0; number < 9_998; number++) buckets.take(`other-${number}`, 0);
  expect(buckets.take("busy", 0)).toBeDefined();
  buckets.take("one too many", 0);
  expect(buckets.take("busy", 0)).toBeDefined();
  expect(buckets.take("quiet", 0)).toBeUndefined();
});

test("a clock set back neither fills nor breaks a bucket", () => {
  const buckets = new ConnectionRateLimit();
  for (let taken = 0; taken < LIMITS.frameBurst; taken++) buckets.take("c", 10_000);
  expect(buckets.take("c", 0)).toBe(50);
});

test("normal traffic and the odd refusal cost no call", async () => {
  const at = door({ random: () => 0.05 });
  await at.sendMany(LIMITS.frameBurst + 100);
  expect(await at.abuse.count("alice", at.nowMs)).toBe(1);
});

const penaltyOf = ({ users }: MemoryStore) => users.get("alice")?.penaltyUntilMs ?? 0;

test("a user who keeps flooding may not connect for five minutes, and all connections are told and closed", async () => {
  const at = door({ random: () => 0 });
  for (const connection of ["c1", "c2"]) {
    const times = { connectedAtMs: 0, expiresAtMs: at.nowMs + 1_000_000 };
    await at.leases.put("alice", { connection, device: undefined, ...times }, at.nowMs);
  }
  await at.sendMany(LIMITS.frameBurst + 24);
  expect([at.closed, penaltyOf(at.store)]).toEqual([[], 0]);
  await at.send();
  expect(penaltyOf(at.store)).toBe(at.nowMs + 300_000);
  expect(at.closed.sort()).toEqual(["c1", "c2"]);
  expect(at.posted.map(({ connection }) => connection).sort()).toEqual(["c1", "c2"]);
  expect(at.posted[0]?.frame).toMatchObject({
    type: "error",
    error: { code: "rate_limited", retryAfterMs: 300_000 },
  });
});

test("refusals spread over minutes are no flood", async () => {
  const at = door({ random: () => 0 });
  for (let minute = 0; minute < 5; minute++) {
    await at.sendMany(LIMITS.frameBurst + 20);
    at.nowMs += 60_000;
  }
  expect(penaltyOf(at.store)).toBe(0);
});

test("a flood that cannot be noted is still refused", async () => {
  const at = door({ random: () => 0 });
  at.abuse.count = () => Promise.reject(new Error("no table"));
  expect(await at.sendMany(LIMITS.frameBurst + 3)).toHaveLength(3);
});
