import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openDevice } from "../client/support/device.ts";
import { eventually } from "../support/eventually.ts";
import { type Embedded, startEmbedded } from "./support/embedded.ts";
import { FaultyNetwork } from "./support/faulty-network.ts";
import { connect, newUser } from "./support/target.ts";

const BURST = 6;

let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({ throttle: { rateLimit: 20, burstLimit: BURST }, routeThrottles: {} });
});
afterAll(() => embedded.cloud.stop());

test("a client whose frames are throttled sends them again, and each message is in its conversation once", async () => {
  const { target } = embedded;
  const alice = newUser("alice");
  const network = new FaultyNetwork();
  let throttled = 0;
  network.fromServer = (frame, arrive) => {
    if ("message" in frame && frame.message === "Too Many Requests") throttled += 1;
    arrive();
  };
  const { client } = openDevice({ url: target.urls[0] ?? "" }, alice, {
    token: () => target.mintToken(alice),
    transport: network.transport,
    timings: { ackWithinMs: 500, resendCapMs: 1_000, retry: { baseMs: 100, capMs: 1_000 } },
  });
  onTestFinished(() => client.close());
  await eventually("the connection", () => client.state === "online");
  const friends = Array.from({ length: 2 * BURST }, (_, index) => newUser(`friend-${index}`));
  const seqs = await Promise.all(friends.map((user) => client.send({ user }, "hello").seq));
  expect(seqs).toEqual(friends.map(() => 1));
  expect(throttled).toBeGreaterThan(0);
  // The next handshake would be throttled, too.
  embedded.cloud.clock.advance(60_000);
  const { conversations } = await (await connect(target, friends[0] ?? "")).sync();
  expect(conversations.flatMap(({ entries }) => entries)).toMatchObject([{ seq: 1, sender: alice }]);
});
