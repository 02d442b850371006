import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { conversationRate } from "../../functions/core/commit/conversation-rate.ts";
import { LIMITS } from "../../protocol/index.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { append, createGroup, outcomeOf, write } from "../e2e/support/group.ts";
import { connect, newUser, say, text } from "../e2e/support/target.ts";
import { type AwsCall, AwsTap } from "../support/aws/aws-tap.ts";
import { eventually } from "../support/eventually.ts";
import { pendingIn } from "../support/pending.ts";
import type { Wire } from "../support/wire.ts";

const MEMBERS = 161;
const PER_FRAME = 25;
const { perSecond, burst } = conversationRate(MEMBERS);
const tap = new AwsTap();
let embedded: Embedded;
let alice: string;
let bob: string;
let atAlice: Wire;
let atBob: Wire;
let group: string;

beforeAll(async () => {
  embedded = await startEmbedded({ interpose: tap.interpose });
  [alice, bob] = [newUser("alice"), newUser("bob")];
  [atAlice, atBob] = [await connect(embedded.target, alice), await connect(embedded.target, bob)];
  // Many members, so that it may grow only slowly: every entry is pushed to all of them.
  const crowd = Array.from({ length: MEMBERS - 2 }, (_, index) => `crowd ${index} ${alice}`);
  group = await createGroup(atAlice, [bob, ...crowd.slice(0, 39)]);
  for (const from of [39, 79, 119]) {
    await append(atAlice, group, { kind: "member.add", body: { users: crowd.slice(from, from + 40) } });
  }
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});
beforeEach(() => {
  tap.clear();
  // The conversation's bucket and the connection's are full again, no matter how much was written before.
  const fullAfterSeconds = Math.max(burst / perSecond, LIMITS.unitBurst / LIMITS.unitsPerSecond);
  embedded.cloud.clock.advance(Math.ceil(fullAfterSeconds * 1_000));
});

const isWrite = ({ operation, subject }: AwsCall) =>
  operation === "TransactWriteItems" ||
  ((operation === "PutItem" || operation === "UpdateItem") && (subject === "SEG" || subject === "HEAD"));

function fullFrame(seen: number) {
  const entries = Array.from({ length: PER_FRAME }, () => text("too much"));
  return { type: "send" as const, conversation: group, seen: [1, seen] as [number, number], entries };
}
type Frame = ReturnType<typeof fullFrame>;

/** Returns the first entry ids of the frames with this answer. */
const acked = (frames: readonly Frame[]) => {
  const ids = new Set(atAlice.all("ack").flatMap(({ entries }) => entries.map(({ id }) => id)));
  return frames.filter(({ entries }) => ids.has(entries[0]?.id ?? ""));
};
const rejected = (frames: readonly Frame[]) => {
  const ids = new Set(atAlice.all("reject").flatMap((reject) => reject.ids));
  return frames.filter(({ entries }) => ids.has(entries[0]?.id ?? ""));
};

/** Sends half as much again as the bucket's burst, as fast as possible. It is less than the connection may send. */
async function overflow(): Promise<Frame[]> {
  const { lastSeq } = await atAlice.history({ conversation: group, limit: 1 });
  const frames = Array.from({ length: Math.ceil((1.5 * burst) / PER_FRAME) }, () => fullFrame(lastSeq));
  embedded.cloud.functions.pause("commit");
  for (const frame of frames) atAlice.send(frame);
  await eventually("all of it to be accepted", () => {
    return pendingIn(embedded.cloud, ["entries"]) === frames.length;
  });
  embedded.cloud.functions.resume("commit");
  await eventually(
    "an answer to each",
    () => acked(frames).length + rejected(frames).length === frames.length,
    { timeoutMs: 30_000 },
  );
  return frames;
}

test("a group that grows faster than its bucket fills has frames refused for a while, and may send the same frame again", async () => {
  const { lastSeq: before } = await atAlice.history({ conversation: group, limit: 1 });
  const frames = await overflow();
  const [taken, refused] = [acked(frames), rejected(frames)];
  expect(taken.length * PER_FRAME).toBeGreaterThan(burst - PER_FRAME);
  expect(refused.length).toBeGreaterThan(0);
  for (const { ids, error } of atAlice.all("reject")) {
    expect(ids).toHaveLength(PER_FRAME);
    expect(error).toMatchObject({ code: "rate_limited", temporary: true });
    expect(error.retryAfterMs).toBeGreaterThan(0);
  }
  const { lastSeq } = await atAlice.history({ conversation: group, limit: 1 });
  expect(lastSeq).toBe(before + taken.length * PER_FRAME);

  // The frame was refused as a whole, so it is accepted as a whole; and only once, however often it is sent.
  const [again] = refused as [Frame];
  const place = () => atAlice.all("ack").filter(({ entries }) => entries[0]?.id === again.entries[0]?.id);
  for (const count of [1, 2]) {
    // A repeat is pushed again, so it needs room like a new frame.
    embedded.cloud.clock.advance(Math.ceil((PER_FRAME / perSecond) * 1_000));
    atAlice.send(again);
    await eventually(`ack ${count}`, () => place().length === count);
  }
  const expected = Array.from({ length: PER_FRAME }, (_, index) => lastSeq + 1 + index);
  for (const { entries } of place()) expect(entries.map(({ seq }) => seq)).toEqual(expected);
  const tail = await atBob.history({ conversation: group, after: lastSeq });
  expect(tail.entries.map(({ seq, id }) => [seq, id])).toEqual(
    again.entries.map(({ id }, index) => [lastSeq + 1 + index, id]),
  );
  await eventually("all of it at Bob's", () => atBob.pushed(group).at(-1)?.seq === lastSeq + PER_FRAME);
});

test("a refused frame costs no write", async () => {
  const frames = await overflow();
  const taken = acked(frames).length;
  expect(rejected(frames).length).toBeGreaterThan(0);
  const writes = tap.calls.filter(isWrite);
  // Those of accepted frames, each at most with a flush in front, and nothing else.
  expect(writes.length).toBeGreaterThan(0);
  expect(writes.length).toBeLessThanOrEqual(2 * taken);
});

test("other conversations are not slowed down, even those of the same users", async () => {
  const others = await createGroup(atAlice, [bob]);
  const frames = await overflow();
  expect(rejected(frames).length).toBeGreaterThan(0);
  expect(await write(atAlice, others, "here we may")).toMatchObject({ seq: 2, refused: undefined });
  expect((await say(atAlice, bob, "and here")).seq).toBe(1);
  const id = randomUUID();
  const entries = [{ id, kind: "text" as const, body: { text: "a small one" } }];
  embedded.cloud.clock.advance(Math.ceil((1 / perSecond) * 1_000));
  // One entry needs one token, for this sender as for all others.
  atBob.send({ type: "send", conversation: group, entries });
  expect(await outcomeOf(atBob, id)).toMatchObject({ refused: undefined });
});
