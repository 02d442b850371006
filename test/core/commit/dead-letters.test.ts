import { expect, test } from "vitest";
import { commitBatch, type QueuedRecord } from "../../../functions/core/commit/batch.ts";
import { type DeadLetterDeps, resolveDeadLetters } from "../../../functions/core/commit/dead-letters.ts";
import { directConversationId } from "../../../functions/core/log/conversation-id.ts";
import type { PostOutcome } from "../../../functions/ports/connections.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import type { Outbound } from "../../../functions/ports/topics.ts";
import type { ServerFrame } from "../../../protocol/index.ts";
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

const signal = new AbortController().signal;
const ALICE_CAROL = directConversationId("alice", "carol");

class Unavailable extends Error {}

/** Counts what is written to the log, by whomever: dead letters are to add nothing. */
class WatchedLog extends MemoryLog {
  writes = 0;
  override change(...args: Parameters<MemoryLog["change"]>) {
    this.writes += 1;
    return super.change(...args);
  }
  override update(...args: Parameters<MemoryLog["update"]>) {
    this.writes += 1;
    return super.update(...args);
  }
  override flush(...args: Parameters<MemoryLog["flush"]>) {
    this.writes += 1;
    return super.flush(...args);
  }
}

async function world(outcome: PostOutcome = "sent") {
  const store = new MemoryStore();
  const log = new WatchedLog(store);
  const posted: { connection: string; frame: ServerFrame }[] = [];
  const parked: { id: string; group: string; body: string }[] = [];
  const deliveries: Outbound[] = [];
  const retried: string[] = [];
  const metrics = new MemoryMetrics();
  const deps: DeadLetterDeps = {
    log,
    leases: new MemoryLeases(store),
    connections: {
      post: async (connection, frame) => {
        posted.push({ connection, frame });
        return outcome;
      },
      close: async () => undefined,
    },
    outbound: outboundTo((more) => deliveries.push(...more)),
    queue: {
      retryAfter: async (handles) => {
        retried.push(...handles);
      },
    },
    parking: {
      park: async (record) => {
        parked.push(record);
      },
    },
    inbox: new MemoryInbox(store),
    retentionSeconds: undefined,
    events: new Set(),
    presence: new MemoryPresenceTopic(),
    faultOf: () => undefined,
    epochFloor: 1,
    headBytes: 1024,
    now: () => 10_000,
    logger: silent,
    metrics,
  };
  const lease = { connection: "bob-1", device: undefined, connectedAtMs: 0, expiresAtMs: 10 ** 9 };
  await deps.leases.put("bob", lease, 10_000, signal);
  return { store, log, deps, posted, parked, deliveries, retried, metrics };
}

const records = (frames: readonly (PublishedFrame | string)[], group = ALICE_BOB): QueuedRecord[] =>
  frames.map((frame, index) => ({
    id: `m${index}`,
    receiptHandle: `r${index}`,
    group: typeof frame === "string" ? group : frame.conversation,
    body: typeof frame === "string" ? frame : JSON.stringify(frame),
    receiveCount: 1,
  }));

/** `commit` puts the frames into the log, and is forgotten. */
async function commit(at: Awaited<ReturnType<typeof world>>, frames: readonly PublishedFrame[]) {
  await commitBatch(at.deps, records(frames));
  at.posted.length = 0;
  at.log.writes = 0;
}

const summary = (posted: readonly { connection: string; frame: ServerFrame }[]) =>
  posted.map(({ connection, frame }) => `${frame.type} to ${connection}`).sort();

test("a frame that is not in the log is parked as it was, and its sender may send it again", async () => {
  const at = await world();
  const frame = published({ texts: ["a", "b"] });
  expect(await resolveDeadLetters(at.deps, records([frame]))).toEqual([]);
  expect(at.parked).toMatchObject([{ id: "m0", group: ALICE_BOB, body: JSON.stringify(frame) }]);
  expect(at.posted).toEqual([
    {
      connection: "alice-1",
      frame: {
        type: "reject",
        conversation: ALICE_BOB,
        ids: frame.entries.map(({ id }) => id),
        error: expect.objectContaining({ code: "unavailable", temporary: true, retryAfterMs: 30_000 }),
      },
    },
  ]);
  expect(at.log.writes).toBe(0);
});

test("a frame that is in the log is acknowledged and pushed again, and not parked", async () => {
  const at = await world();
  const frame = published();
  await commit(at, [frame]);
  expect(await resolveDeadLetters(at.deps, records([frame]))).toEqual([]);
  expect(summary(at.posted)).toEqual(["ack to alice-1", "entries to bob-1", "joined to bob-1"]);
  expect([at.parked, at.log.writes]).toEqual([[], 0]);
});

test("a frame decided long ago is found by its entries, also without `seen`", async () => {
  const at = await world();
  const frame = published();
  await commit(at, [frame]);
  for (let count = 0; count < 30; count++) await commit(at, [published()]);
  await resolveDeadLetters(at.deps, records([frame]));
  expect([at.parked, summary(at.posted)]).toEqual([
    [],
    ["ack to alice-1", "entries to bob-1", "joined to bob-1"],
  ]);
});

test("a frame that was refused is refused again with the same words, not parked", async () => {
  const at = await world();
  const stranger = published({ sender: { user: "mallory", connection: "m-1" }, to: undefined });
  await commit(at, [published({ seen: 0 })]);
  await commit(at, [stranger, published()]);
  await resolveDeadLetters(at.deps, records([stranger]));
  expect(at.posted).toMatchObject([{ connection: "m-1", frame: { error: { code: "not_found" } } }]);
  expect(at.parked).toEqual([]);
});

test("a frame that commit would refuse is refused, not parked", async () => {
  const at = await world();
  await commit(at, [published({ seen: 0 })]);
  const stranger = published({ sender: { user: "mallory", connection: "m-1" }, to: undefined });
  await resolveDeadLetters(at.deps, records([stranger]));
  expect(at.posted).toMatchObject([{ connection: "m-1", frame: { error: { code: "not_found" } } }]);
  expect([at.parked, at.log.writes]).toEqual([[], 0]);
});

test("a frame half of which is in the log is parked: its sender sends it again, and commit does the rest", async () => {
  const at = await world();
  const half = published({ seen: 0, texts: ["one"] });
  await commit(at, [half]);
  const whole = published({ seen: 0, texts: ["one", "two"] });
  const frame = { ...whole, entries: [...half.entries, ...whole.entries.slice(1)] };
  await resolveDeadLetters(at.deps, records([frame]));
  expect([at.parked.length, at.log.writes, summary(at.posted)]).toEqual([1, 0, ["reject to alice-1"]]);
});

test("a frame whose resend is in the log is acknowledged with the place of the resend", async () => {
  const at = await world();
  const frame = published({ seen: 0 });
  await commit(at, [{ ...frame, frame: "the resend" }]);
  await resolveDeadLetters(at.deps, records([frame]));
  expect(at.posted.find(({ frame: { type } }) => type === "ack")?.frame).toMatchObject({
    entries: [{ id: frame.entries[0]?.id, seq: 1 }],
  });
  expect([at.parked, at.log.writes]).toEqual([[], 0]);
});

test("the same entry ids of someone else are not taken for the frame", async () => {
  const at = await world();
  const mine = published({ seen: 0 });
  await commit(at, [
    { ...mine, frame: "other", sender: { user: "bob", connection: "bob-1" }, to: { user: "alice" } },
  ]);
  await resolveDeadLetters(at.deps, records([mine]));
  expect(at.parked).toHaveLength(1);
});

test("what is no frame is parked, and those around it are settled", async () => {
  const at = await world();
  const elsewhere = JSON.stringify(published({ conversation: ALICE_CAROL, to: { user: "carol" } }));
  const frame = published();
  expect(await resolveDeadLetters(at.deps, records(["no frame", elsewhere, "", frame]))).toEqual([]);
  expect(at.parked.map(({ id }) => id)).toEqual(["m0", "m1", "m2", "m3"]);
  expect(at.parked[0]?.body).toBe("no frame");
  expect(at.posted).toHaveLength(1);
});

test("one that fails holds back those behind it in its conversation, and no other", async () => {
  const at = await world();
  const [first, second] = [published(), published()];
  const other = published({ conversation: ALICE_CAROL, to: { user: "carol" } });
  const park = at.deps.parking.park;
  const deps = {
    ...at.deps,
    parking: {
      park: (record: Parameters<typeof park>[0]) =>
        record.id === "m0" ? Promise.reject(new Unavailable()) : park(record, signal),
    },
  };
  expect(await resolveDeadLetters(deps, records([first, other, second]))).toEqual(["m0", "m2"]);
  expect(at.parked.map(({ id }) => id)).toEqual(["m1"]);
  expect(at.retried).toEqual(["r0", "r2"]);
  // Not parked, so nobody has been told anything.
  expect(at.posted).toHaveLength(1);
});

test("a frame that meets the defect that stopped commit is parked, and its sender is told", async () => {
  const at = await world();
  const frame = published();
  class Damaged extends WatchedLog {
    override async read(): Promise<never> {
      throw new TypeError("the item is damaged");
    }
  }
  const deps = { ...at.deps, log: new Damaged(at.store) };
  expect(await resolveDeadLetters(deps, records([frame]))).toEqual(["m0"]);
  expect([at.parked, at.posted]).toEqual([[], []]);
  const faultOf = () => "defect" as const;
  expect(await resolveDeadLetters({ ...deps, faultOf }, records([frame]))).toEqual([]);
  expect(at.parked).toHaveLength(1);
  expect(at.posted).toMatchObject([{ frame: { type: "reject", error: { code: "unavailable" } } }]);
});

test("what becomes of dead letters is counted", async () => {
  const at = await world();
  const [inLog, refused] = [published(), published({ conversation: `g${"a".repeat(43)}`, to: undefined })];
  await commit(at, [inLog]);
  await resolveDeadLetters(at.deps, records([inLog, refused, published({ texts: ["lost"] }), "no frame"]));
  expect(at.metrics.counts).toMatchObject({
    "DeadLettered finished": 1,
    "DeadLettered refused": 1,
    "DeadLettered parked": 2,
  });
});

test("a refusal that cannot be posted now is left to `deliver`", async () => {
  const at = await world("retry");
  await resolveDeadLetters(at.deps, records([published()]));
  expect(at.deliveries).toMatchObject([{ type: "deliver.answer", frame: { type: "reject" } }]);
});

test("nothing that was parked says in the log lines what it held", async () => {
  const at = await world();
  const lines: string[] = [];
  const note = (message: string, fields?: object) => void lines.push(JSON.stringify([message, fields]));
  await resolveDeadLetters(
    { ...at.deps, logger: { ...silent, debug: note, info: note, warn: note, error: note } },
    records([published({ texts: ["a secret"] }), "another secret"]),
  );
  expect(lines.length).toBeGreaterThanOrEqual(2);
  expect(lines.join()).not.toContain("secret");
});

test("wherever commit stopped: what is in the log is acknowledged and pushed, all else parked and refused, and nothing doubles when the rest of commit, a resend and the parked record come after all", async () => {
  for (const createsConversation of [true, false]) {
    for (let stopAt = 1, stopped = true; stopped; stopAt++) {
      const at = await world();
      if (!createsConversation) await commit(at, [published({ seen: 0 })]);
      const before = at.store.entries(ALICE_BOB).length;
      const frame = published({ seen: createsConversation ? 0 : [1, 1] });
      const id = frame.entries[0]?.id;

      const release = Promise.withResolvers<void>();
      let calls = 0;
      const step = () => (++calls === stopAt ? release.promise : Promise.resolve());
      const ports = { log: new MemoryLog(at.store, step), leases: new MemoryLeases(at.store, step) };
      const zombie = commitBatch({ ...at.deps, ...ports }, records([frame]));
      // Everything here is in memory: it comes to its end, or to where it is held.
      await new Promise((resolve) => setImmediate(resolve));
      stopped = calls >= stopAt;
      at.posted.length = 0;

      expect(await resolveDeadLetters(at.deps, records([frame]))).toEqual([]);
      const isInLog = at.store.entries(ALICE_BOB).length > before;
      expect(at.parked).toHaveLength(isInLog ? 0 : 1);
      const toAlice = at.posted.filter(({ connection }) => connection === "alice-1");
      expect(summary(toAlice)).toEqual([isInLog ? "ack to alice-1" : "reject to alice-1"]);
      expect(summary(at.posted).includes("entries to bob-1")).toBe(isInLog);

      release.resolve();
      await zombie;
      const resend = { ...frame, frame: `${frame.frame}-again` };
      for (const again of [resend, frame]) await commitBatch(at.deps, records([again]));
      const log = at.store.entries(ALICE_BOB);
      expect(log.filter((entry) => entry.id === id)).toHaveLength(1);
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
      expect(at.store.heads.get(ALICE_BOB)?.lastSeq).toBe(log.length);
    }
  }
});
