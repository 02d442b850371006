import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import * as costs from "../../bench/cost/operation-costs.ts";
import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import { INGEST_MODES } from "../../wiring/manifest.ts";
import { append } from "../e2e/support/group.ts";
import { connect, newUser, say, text } from "../e2e/support/target.ts";
import type { AwsCall } from "../support/aws/aws-tap.ts";
import { eventually } from "../support/eventually.ts";
import type { Wire } from "../support/wire.ts";
import {
  type CountedCloud,
  countCost,
  DEPTH,
  isWrite,
  names,
  startCountedCloud,
  units,
} from "./support/counted-cloud.ts";

// Checks docs/cost.md on appends, in both ingest modes, by counting on the deployed bundles. Units are those that DynamoDB
// (dynoxide) reports as consumed.

const SENTENCE = "How about lunch at the usual place, half past twelve?";

/** Returns the number of calls that ran one after another up to and including this one. */
function depth(call: AwsCall, calls: readonly AwsCall[]): number {
  const before = calls.filter(({ endedAtMs }) => endedAtMs !== undefined && endedAtMs <= call.startedAtMs);
  return 1 + Math.max(0, ...before.map((earlier) => depth(earlier, calls)));
}

/** Most write units of a one-sentence text, averaged over many, and the calls in a row to the ack and to the push. */
const TARGETS = {
  direct: { writeUnits: 1.5, ack: 4, push: 4 },
  queued: { writeUnits: 2.5, ack: 4, push: 5 },
} as const;

describe.each(INGEST_MODES)("%s", (ingest) => {
  let cloud: CountedCloud;
  beforeAll(async () => {
    cloud = await startCountedCloud(ingest);
  });
  afterAll(() => cloud.stop());
  beforeEach(() => cloud.tap.clear());

  /** Connects two people who have exchanged `count` messages, at the pace of people. */
  async function pair(count: number) {
    const { embedded, idle, tap } = cloud;
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const [atAlice, atBob] = [await connect(embedded.target, alice), await connect(embedded.target, bob)];
    const conversation = directConversationId(alice, bob);
    const next = async (seq: number, body = SENTENCE) => {
      // No environment remembers the conversation for so long, and the queue is not busy with it.
      embedded.cloud.clock.advance(3_000);
      await say(atAlice, bob, body, seq === 1 ? 0 : [1, seq - 1]);
      await eventually(`message ${seq} to be pushed`, () =>
        atBob.pushed(conversation).some((entry) => entry.seq === seq),
      );
    };
    for (let seq = 1; seq <= count; seq++) await next(seq);
    await idle();
    tap.clear();
    return { alice, bob, atAlice, atBob, conversation, next };
  }

  test("a one-sentence message takes the calls of its mode, and a share of the messages one flush more", async () => {
    const { next } = await pair(25);
    const count = 40;
    const depths: { ack: number; push: number }[] = [];
    for (let seq = 26; seq < 26 + count; seq++) {
      const from = cloud.tap.calls.length;
      await next(seq);
      await cloud.idle();
      const calls = cloud.tap.calls.slice(from).filter(({ operation }) => operation !== DEPTH);
      const flushes = calls.filter(({ operation }) => operation === "PutItem").length;
      expect(names(calls).sort()).toEqual(
        [...costs.message(2, 1, ingest).calls, ...(flushes > 0 ? costs.FLUSH.calls : [])].sort(),
      );
      if (flushes > 0) continue;
      const [ack, push] = ["ack", "entries"].map((subject) => calls.find((call) => call.subject === subject));
      const others = calls.filter(({ operation }) => operation !== "POST");
      const pushDepth = push ? depth(push, others) : 0;
      depths.push({ ack: ack ? depth(ack, calls) : pushDepth, push: pushDepth });
    }
    const { write, read } = countCost(cloud.tap.calls);
    const flushes = cloud.tap.calls.filter(({ operation }) => operation === "PutItem").length;
    expect(Math.abs(flushes / count - costs.FLUSH_SHARE[ingest])).toBeLessThanOrEqual(1 / count);
    expect(write).toBe(count * costs.message(2, 1, ingest).write + flushes);
    expect(write / count).toBeLessThanOrEqual(TARGETS[ingest].writeUnits);
    expect(read).toBe(count * costs.message(2, 1, ingest).read);
    // Parallel calls may happen to run one after another. The minimum counts only calls that must wait.
    expect(Math.min(...depths.map(({ ack }) => ack))).toBe(TARGETS[ingest].ack);
    expect(Math.min(...depths.map(({ push }) => push))).toBe(TARGETS[ingest].push);
  });

  test("five batches of ten short frames take at most 0.6 write units an entry", async () => {
    const { alice, conversation } = await pair(1);
    let count = 0;
    for (let batch = 0; batch < 5; batch++) {
      const Records = Array.from({ length: 10 }, () => {
        count += 1;
        return {
          messageId: `m${count}`,
          receiptHandle: `r${count}`,
          attributes: { MessageGroupId: conversation, ApproximateReceiveCount: "1" },
          body: JSON.stringify({
            frame: `L0SM9cOFvHcCIhw=L0SM9dAAvHcCIhw=${count}`,
            sender: { user: alice, connection: "gone" },
            conversation,
            seen: [1, 1],
            entries: [text("see you there, then")],
            receivedAtMs: cloud.embedded.cloud.clock.now(),
          }),
        };
      });
      const answer = await cloud.embedded.cloud.functions.invoke("commit", { Records });
      expect(answer).toEqual({ batchItemFailures: [] });
    }
    const writes = cloud.tap.calls.filter(isWrite).filter(({ subject }) => subject !== "USER");
    expect(units(writes) / count).toBeLessThanOrEqual(0.6);
  });

  test("an edit, a delete or a reaction takes one head update while its message is in the head, and a transaction later", async () => {
    const { atAlice, atBob, conversation, next } = await pair(6);
    const newest = async () => (await atBob.history({ conversation, limit: 1 })).entries[0]?.seq ?? 0;
    const change = async (wire: Wire, kind: "edit" | "delete" | "reaction", of: number) => {
      cloud.embedded.cloud.clock.advance(3_000);
      const body = { edit: { of, text: "edited" }, delete: { of }, reaction: { of, key: "👍" } }[kind];
      const seen = await newest();
      return cloud.costOf(
        () => append(wire, conversation, { kind, body } as Parameters<typeof append>[2], [1, seen]),
        () => names(cloud.tap.calls).includes("POST entries"),
      );
    };
    const headOnly = { reaction: 0, edit: 0 };
    const transactions: number[] = [];
    for (let round = 0; round < 6; round++) {
      await next((await newest()) + 1);
      const said = await newest();
      // In turn, because one flush follows after a fixed number of writes.
      for (const kind of round % 2 === 0
        ? (["reaction", "edit"] as const)
        : (["edit", "reaction"] as const)) {
        const cost = await change(kind === "edit" ? atAlice : atBob, kind, said);
        if (cost.calls.includes("UpdateItem HEAD") && !cost.calls.includes("PutItem SEG")) {
          headOnly[kind] += 1;
          expect(cost.write).toBeLessThanOrEqual(3);
        }
      }
      const { calls, write } = await change(atAlice, "delete", said);
      if (calls.includes("TransactWriteItems HEAD")) transactions.push(write);
    }
    expect(headOnly.reaction).toBeGreaterThan(0);
    expect(headOnly.edit).toBeGreaterThan(0);
    // Among them deletes while a flush was due, which end it.
    expect(transactions.length).toBeGreaterThan(0);
    expect(Math.max(...transactions)).toBeLessThanOrEqual(8);
  });

  test("a message takes 4 write units in a conversation with a retention", async () => {
    const { atAlice, conversation, next } = await pair(3);
    await append(atAlice, conversation, { kind: "retention", body: { seconds: 86_400 } }, [1, 3]);
    await next(5);
    const cost = await cloud.costOf(
      () => next(6),
      () => names(cloud.tap.calls).includes("POST entries"),
    );
    expect(cost.write).toBe(4);
    expect(cost.calls).toContain("TransactWriteItems HEAD");
  });
});
