import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClientOptions } from "../../client/src/index.ts";
import { type ErrorCode, type SendFrame, wireError } from "../../protocol/index.ts";
import { type Device, openDevice } from "./support/device.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { settled, Wire } from "./support/wire.ts";
import { entries, entry, WITH_BOB, withBob } from "./support/with-bob.ts";

let wire: Wire;
let clock: ManualClock;
let alice: Device;

function open(options: Partial<ClientOptions> = {}): void {
  alice = openDevice(wire, "alice", { transport: wire.transport, clock, random: () => 0.5, ...options });
}

beforeEach(() => {
  wire = new Wire();
  clock = new ManualClock();
});

afterEach(() => alice.client.close());

const sends = () => wire.last.of("send");
const idsOf = ({ entries }: SendFrame) => entries.map(({ id }) => id);

function lastSend(): SendFrame {
  const frame = sends().at(-1);
  if (frame === undefined) throw new Error("nothing was sent");
  return frame;
}

function ack(frame: SendFrame, firstSeq: number, epoch = 1) {
  const placed = idsOf(frame).map((id, index) => ({ id, seq: firstSeq + index, sentAtMs: 1 }));
  return wire.last.push({ type: "ack", conversation: WITH_BOB, epoch, entries: placed });
}

function reject(frame: SendFrame, code: ErrorCode) {
  const error = wireError(code);
  return wire.last.push({ type: "reject", conversation: WITH_BOB, ids: idsOf(frame), error });
}

/** The moments, counted from now, at which something was sent. */
async function sendTimes(untilMs: number): Promise<number[]> {
  const startMs = clock.nowMs();
  const times: number[] = [];
  while (clock.nextDueMs <= startMs + untilMs) {
    const before = sends().length;
    clock.advance(clock.nextDueMs - clock.nowMs());
    // Whoever did not send the text is still there.
    await wire.last.push({ type: "pong" });
    if (sends().length > before) times.push(clock.nowMs() - startMs);
  }
  return times;
}

test.each(Array.from({ length: 16 }, (_, turns) => turns))(
  "what is written %i turns after the first entries came goes out",
  async (turns) => {
    open();
    alice.client.on("entries", async () => {
      for (let turn = 0; turn < turns; turn++) await undefined;
      alice.client.send({ user: "bob" }, "an answer");
    });
    await wire.connect(withBob(1, { entries: entries(1, 1) }));
    expect(sends()).toHaveLength(1);
  },
);

describe("a frame refused as stale again and again", () => {
  test("is renewed at once, then ever more slowly", async () => {
    open({ timings: { retry: { baseMs: 1_000, capMs: 4_000 } } });
    await wire.connect(withBob(3, { entries: entries(1, 3) }));
    alice.client.send({ user: "bob" }, "hello");
    const waits: number[] = [];
    for (let round = 0; round < 5; round++) {
      const before = clock.nowMs();
      const sent = sends().length;
      await reject(lastSend(), "stale");
      const looksAtOnce = wire.last.of("sync").length === round + 2;
      if (!looksAtOnce) clock.advance(clock.nextDueMs - clock.nowMs());
      await settled();
      await wire.last.answer("sync", { conversations: [withBob(3)] });
      expect(sends()).toHaveLength(sent + 1);
      waits.push(clock.nowMs() - before);
    }
    expect(waits).toEqual([0, 1_000, 2_000, 2_000, 2_000]);
    await ack(lastSend(), 4);
    expect(alice.client.pending()).toEqual([]);
  });

  test("starts anew after an ack", async () => {
    open();
    await wire.connect(withBob(3, { entries: entries(1, 3) }));
    for (const seq of [4, 5, 6]) {
      alice.client.send({ user: "bob" }, "hello");
      await reject(lastSend(), "stale");
      await wire.last.answer("sync", { conversations: [withBob(seq - 1)] });
      await ack(lastSend(), seq);
    }
    // Each of the three twice, and no time has passed.
    expect(sends()).toHaveLength(6);
  });

  test("is looked for from the start of the log if its position is of another epoch", async () => {
    open();
    await wire.connect(withBob(60, { entries: entries(60, 60) }));
    const { done } = alice.client.send({ user: "bob" }, "hello");
    const frame = lastSend();
    expect(frame.seen).toEqual([1, 60]);
    await reject(frame, "stale");
    // A restore lost so much that the log was shorter than that, and it has grown since.
    const restored = { epoch: 2, reset: true, entries: entries(70, 70) };
    await wire.last.answer("sync", { conversations: [withBob(70, restored)] });
    expect(wire.last.of("history")).toMatchObject([{ before: 70 }]);
    await wire.last.answer("history", {
      epoch: 2,
      lastSeq: 70,
      first: 1,
      entries: entries(55, 69),
      more: true,
    });
    expect(wire.last.of("history")).toMatchObject([{ before: 70 }, { before: 55 }]);
    const mine = entry(54, { id: idsOf(frame)[0] ?? "", sender: "alice" });
    await wire.last.answer("history", { epoch: 2, lastSeq: 70, first: 1, entries: [mine], more: false });
    await expect(done).resolves.toMatchObject({ seq: 54 });
    expect(sends()).toHaveLength(1);
  });

  test("is looked for again when the look-up fails", async () => {
    open();
    await wire.connect(withBob(3, { entries: entries(1, 3) }));
    alice.client.send({ user: "bob" }, "hello");
    await reject(lastSend(), "stale");
    const { id } = wire.last.of("sync").at(-1) ?? { id: "" };
    await wire.last.push({ type: "reply", id, error: wireError("internal") });
    clock.advance(1_000);
    await settled();
    expect(sends()).toHaveLength(2);
    expect(sends()[1]).toEqual(sends()[0]);
  });
});

describe("a frame without an answer", () => {
  test("is sent again after 15 s, then ever more rarely, down to every two minutes", async () => {
    open({ random: () => 1 - Number.EPSILON });
    await wire.connect();
    alice.client.send({ user: "bob" }, "hello");
    const times = await sendTimes(10 * 60_000);
    const pauses = times.map((atMs, index) => Math.ceil((atMs - (times[index - 1] ?? 0)) / 1_000));
    expect(pauses).toEqual([15, 30, 60, 120, 120, 120, 120]);
    expect(new Set(sends().map((frame) => JSON.stringify(frame))).size).toBe(1);
  });

  test("has its pauses halved at most by the jitter", async () => {
    open({ random: () => 0 });
    await wire.connect();
    alice.client.send({ user: "bob" }, "hello");
    expect(await sendTimes(150_000)).toEqual([15_000, 30_000, 60_000, 120_000]);
  });

  test("has its pauses start anew on another connection", async () => {
    open({ timings: { reconnect: { baseMs: 0, capMs: 0 } } });
    await wire.connect();
    alice.client.send({ user: "bob" }, "hello");
    await sendTimes(60_000);
    await wire.last.cut();
    clock.advance(0);
    await wire.connect();
    expect(sends()).toHaveLength(1);
    expect((await sendTimes(15_000))[0]).toBe(15_000);
  });

  test("is sent again when its conversation turns out to have another name too", async () => {
    open();
    await wire.connect();
    // A lane by the conversation's id, and one by the peer, whose frame is lost.
    const early = alice.client.send(WITH_BOB, "too early");
    early.done.catch(() => {});
    await reject(lastSend(), "not_found");
    alice.client.send({ user: "bob" }, "hello");
    const frame = lastSend();
    const joined = { kind: "direct", peer: "bob", first: 1, epoch: 1, lastSeq: 1 };
    await wire.last.push({ type: "joined", conversation: WITH_BOB, ...joined });
    await sendTimes(60_000);
    expect(sends().filter((sent) => idsOf(sent)[0] === idsOf(frame)[0]).length).toBeGreaterThan(1);
    await ack(frame, 1);
    expect(alice.client.pending()).toEqual([]);
    expect(await sendTimes(60_000)).toEqual([]);
  });
});
