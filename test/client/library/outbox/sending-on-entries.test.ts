import { afterEach, beforeEach, expect, test } from "vitest";
import type { ClientOptions } from "../../../../client/src/index.ts";
import { type Device, openDevice } from "../../support/device.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { Wire } from "../../support/wire.ts";
import { entries, withBob } from "../../support/with-bob.ts";

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

test.each(Array.from({ length: 16 }, (_, turns) => turns))(
  "a text that is written %i turns after the first entries arrived is sent",
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
