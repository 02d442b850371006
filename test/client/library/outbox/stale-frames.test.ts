import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClientOptions } from "../../../../client/src/index.ts";
import { type ErrorCode, type SendFrame, wireError } from "../../../../protocol/index.ts";
import { type Device, openDevice } from "../../support/device.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { settled, Wire } from "../../support/wire.ts";
import { entries, entry, WITH_BOB, withBob } from "../../support/with-bob.ts";

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

describe("a frame that is refused as stale", () => {
  test("is composed again at once, then ever more slowly", async () => {
    open({ timings: { retry: { baseMs: 1_000, capMs: 4_000 } } });
    await wire.connect(withBob(3, { entries: entries(1, 3) }));
    alice.client.send({ user: "bob" }, "hello");
    const waits: number[] = [];
    for (let round = 0; round < 5; round++) {
      const before = clock.nowMs();
      const sent = sends().length;
      await reject(lastSend(), "stale");
      while (wire.last.of("sync").length < round + 2) {
        clock.advance(clock.nextDueMs - clock.nowMs());
        await settled();
      }
      await wire.last.answer("sync", { conversations: [withBob(3)] });
      expect(sends()).toHaveLength(sent + 1);
      waits.push(clock.nowMs() - before);
    }
    expect(waits).toEqual([0, 1_000, 2_000, 2_000, 2_000]);
    await ack(lastSend(), 4);
    expect(alice.client.pending()).toEqual([]);
  });

  test("is composed again at once after each ack", async () => {
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

  test("is searched for from the start of the log if its position is of another epoch", async () => {
    open();
    await wire.connect(withBob(60, { entries: entries(60, 60) }));
    const { done } = alice.client.send({ user: "bob" }, "hello");
    const frame = lastSend();
    expect(frame.seen).toEqual([1, 60]);
    await reject(frame, "stale");
    // A restore cut the log before that position, and it has grown since.
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

  test("is sent and searched for again if the search fails", async () => {
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
