import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClientOptions } from "../../../../client/src/index.ts";
import { type Device, openDevice } from "../../support/device.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { settled, Wire } from "../../support/wire.ts";
import { entry, withBob } from "../../support/with-bob.ts";

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

describe("the user of a client", () => {
  const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;

  test("is read from the token, in any script", async () => {
    open({ user: undefined, token: async () => jwt({ sub: "Zoë ✓" }) } as Partial<ClientOptions>);
    await wire.connect(withBob(1, { entries: [entry(1, { sender: "Zoë ✓" })] }));
    expect(alice.client.user).toBe("Zoë ✓");
  });

  test.each(["token.alice", jwt({ name: "alice" })])(
    "must be given as an option if the token is %s",
    async (token) => {
      open({ user: undefined, token: async () => token } as Partial<ClientOptions>);
      for (let attempt = 0; attempt < 3; attempt++) {
        await settled();
        clock.advance(50);
      }
      await settled();
      expect(wire.ends).toHaveLength(0);
      expect(alice.of("error")).toMatchObject([{ code: "unreachable", cause: { code: "nameless_token" } }]);
    },
  );

  test("never changes, because the previous user wrote the unsent entries", async () => {
    const tokens = [jwt({ sub: "alice" }), jwt({ sub: "mallory" }), jwt({ sub: "alice" })];
    open({ user: undefined, token: async () => tokens.shift() ?? "" } as Partial<ClientOptions>);
    await wire.connect();
    alice.client.send({ user: "bob" }, "from alice");
    await wire.last.cut();
    clock.advance(50);
    await settled();
    expect(wire.ends).toHaveLength(1);
    clock.advance(50);
    await wire.connect();
    expect(wire.ends).toHaveLength(2);
    expect(wire.last.of("send")).toHaveLength(1);
  });
});
