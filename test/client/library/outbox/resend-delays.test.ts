import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClientOptions } from "../../../../client/src/index.ts";
import { type ErrorCode, type SendFrame, wireError } from "../../../../protocol/index.ts";
import { type Device, openDevice } from "../../support/device.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { Wire } from "../../support/wire.ts";
import { WITH_BOB } from "../../support/with-bob.ts";

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

function accepted(...ids: string[]) {
  return wire.last.push({ type: "accepted", conversation: WITH_BOB, ids });
}

/** Advances the clock, and returns the times from now at which a frame was sent. */
async function sendTimes(untilMs: number): Promise<number[]> {
  const startMs = clock.nowMs();
  const times: number[] = [];
  while (clock.nextDueMs <= startMs + untilMs) {
    const before = sends().length;
    clock.advance(clock.nextDueMs - clock.nowMs());
    // Keeps the connection alive.
    await wire.last.push({ type: "pong" });
    if (sends().length > before) times.push(clock.nowMs() - startMs);
  }
  return times;
}

describe("an unanswered frame", () => {
  test("is sent again after 15 s, then ever more rarely, down to once in two minutes", async () => {
    open({ random: () => 1 - Number.EPSILON });
    await wire.connect();
    alice.client.send({ user: "bob" }, "hello");
    const times = await sendTimes(10 * 60_000);
    const pauses = times.map((atMs, index) => Math.ceil((atMs - (times[index - 1] ?? 0)) / 1_000));
    expect(pauses).toEqual([15, 30, 60, 120, 120, 120, 120]);
    expect(new Set(sends().map((frame) => JSON.stringify(frame))).size).toBe(1);
  });

  test("has its delays halved at most by the jitter", async () => {
    open({ random: () => 0 });
    await wire.connect();
    alice.client.send({ user: "bob" }, "hello");
    expect(await sendTimes(150_000)).toEqual([15_000, 30_000, 60_000, 120_000]);
  });

  test("has its first delay again on another connection", async () => {
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

  test("is sent again when its conversation turns out to have another queue", async () => {
    open();
    await wire.connect();
    // One queue by the conversation's id, and one by the peer, whose frame is lost.
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

describe("a queued frame", () => {
  test("is given longer for its ack, and is sent again if that is lost", async () => {
    open({ random: () => 1 - Number.EPSILON });
    await wire.connect();
    alice.client.send({ user: "bob" }, "hello");
    await accepted(...idsOf(lastSend()));
    const times = await sendTimes(4 * 60_000);
    expect(times.map((atMs) => Math.ceil(atMs / 1_000))).toEqual([60, 180]);
    expect(new Set(sends().map((frame) => JSON.stringify(frame))).size).toBe(1);
  });

  test("holds back what is written after it until its ack", async () => {
    open();
    await wire.connect();
    alice.client.send({ user: "bob" }, "one");
    const frame = lastSend();
    alice.client.send({ user: "bob" }, "two");
    await accepted(...idsOf(frame));
    expect(sends()).toHaveLength(1);
    await ack(frame, 1);
    expect(sends()).toHaveLength(2);
    expect(await sendTimes(14_000)).toEqual([]);
  });

  test("may be reported as queued after its ack, which changes nothing", async () => {
    open();
    await wire.connect();
    alice.client.send({ user: "bob" }, "one");
    const frame = lastSend();
    alice.client.send({ user: "bob" }, "two");
    await ack(frame, 1);
    await accepted(...idsOf(frame));
    expect((await sendTimes(20_000))[0]).toBe(15_000);
    await ack(lastSend(), 2);
    await accepted(...idsOf(frame), ...idsOf(lastSend()));
    expect(alice.client.pending()).toEqual([]);
    expect(await sendTimes(5 * 60_000)).toEqual([]);
  });

  test("that this device does not know is ignored", async () => {
    open();
    await wire.connect();
    alice.client.send({ user: "bob" }, "hello");
    await accepted("of-another-device");
    expect((await sendTimes(20_000))[0]).toBe(15_000);
    expect(alice.of("error")).toEqual([]);
  });

  test("that was refused meanwhile is tried again as soon as the refusal says", async () => {
    open();
    await wire.connect();
    alice.client.send({ user: "bob" }, "hello");
    const error = { ...wireError("overloaded"), retryAfterMs: 2_000 };
    await wire.last.push({ type: "error", ids: idsOf(lastSend()), error });
    await accepted(...idsOf(lastSend()));
    expect((await sendTimes(20_000))[0]).toBe(2_000);
  });
});
