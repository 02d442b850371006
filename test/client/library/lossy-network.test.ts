import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { openDevice } from "../support/device.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { conversationId } from "../support/server-log.ts";

const CONVERSATION = conversationId("alice", "bob");
const TEXTS = 40;

let server: ScriptedServer;

beforeEach(async () => {
  server = await new ScriptedServer().start();
});

afterEach(() => server.stop());

test("every device shows the same log once, although frames are lost, doubled and delayed and connections cut", async () => {
  const [random = []] = fc.sample(fc.array(fc.nat(99), { minLength: 5000, maxLength: 5000 }), {
    seed: 7,
    numRuns: 1,
  });
  let drawn = 0;
  let calm = false;
  const chance = (percent: number) => !calm && (random[drawn++ % random.length] ?? 0) < percent;

  server.pushes = (frame, user) => {
    if (chance(10)) server.pushTo([user], frame);
    return !chance(25);
  };
  server.intercept = (frame, connection) => {
    if (chance(4)) connection.cut();
    // Lost on the way to the server, or late, so that it is overtaken.
    if (chance(10)) return true;
    if (!chance(15)) return false;
    setImmediate(() => server.answer(frame, connection));
    return true;
  };
  const timings = { ackWithinMs: 40, replyWithinMs: 60, gapWaitMs: 5, pingEveryMs: 50, pongWithinMs: 80 };
  const devices = ["alice", "alice", "bob"].map((user) => openDevice(server, user, { timings }));
  const [phone, laptop, bob] = devices;

  const sendings = Array.from({ length: TEXTS }, (_, index) => {
    const [device, peer] = [[phone, "bob"] as const, [laptop, "bob"] as const, [bob, "alice"] as const][
      index % 3
    ] ?? [phone, "bob"];
    return device?.client.send({ user: peer }, `text ${index}`).done;
  });
  await Promise.all(sendings);
  calm = true;
  server.cutAll();

  const log = await eventually("the whole log on every device", () => {
    const { entries = [] } = server.logs.get(CONVERSATION) ?? {};
    return devices.every(({ seqs }) => seqs(CONVERSATION).at(-1) === entries.length) && entries;
  });
  for (const { client } of devices) client.close();

  expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: TEXTS }, (_, index) => index + 1));
  for (const { seqs, of } of devices) {
    const first = seqs(CONVERSATION)[0] ?? 0;
    expect(seqs(CONVERSATION)).toEqual(log.slice(first - 1).map(({ seq }) => seq));
    expect(of("reset")).toEqual([]);
    expect(of("rejected")).toEqual([]);
  }
  const textOfEntry = new Map<string, string>();
  for (const { texts, frames } of server.connections) {
    frames.forEach((frame, index) => {
      if (frame.type !== "send") return;
      for (const { id } of frame.entries) {
        expect(textOfEntry.get(id) ?? texts[index], "a frame is only ever sent verbatim").toBe(texts[index]);
        textOfEntry.set(id, texts[index] ?? "");
      }
    });
  }
  // Entries of one device keep their order.
  for (const offset of [0, 1, 2]) {
    const own = log
      .map(({ body }) => Number((body as { text: string }).text.slice(5)))
      .filter((n) => n % 3 === offset);
    expect(own).toEqual([...own].sort((a, b) => a - b));
  }
}, 30_000);
