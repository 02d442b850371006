import { afterAll, beforeAll, expect, test } from "vitest";
import type { Entry } from "../../client/src/index.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { newUser } from "../e2e/support/target.ts";
import { AwsTap, awsError } from "../support/aws/aws-tap.ts";
import { eventually } from "../support/eventually.ts";
import { oldClient } from "./support/old-client.ts";

const tap = new AwsTap();
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({ ingest: "direct", interpose: tap.interpose, workers: { send: 2 } });
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});

/** Longer than a conversation that was busy is left to the queue. */
const QUIET_MS = 61_000;

test("a client of before direct append sends and receives everything once and in order, whoever writes it", async () => {
  const { createClient } = await oldClient();
  const person = (user: string) => {
    const client = createClient({
      user,
      token: () => embedded.target.mintToken(user),
      url: async () => embedded.target.urls[0] ?? "",
      timings: { reconnect: { baseMs: 50, capMs: 300 }, ackWithinMs: 3_000 },
    });
    const entries: Entry[] = [];
    client.on("entries", (event) => entries.push(...event.entries));
    client.connect();
    return { client, texts: () => entries.map(({ body }) => (body as { text: string }).text) };
  };
  const bobs = newUser("bob");
  const [alice, bob] = [person(newUser("alice")), person(bobs)];
  // Every third write of a head happens, but says that it failed: direct writers leave those frames to the queue.
  let writes = 0;
  tap.on(
    ({ operation, subject }) => operation === "UpdateItem" && subject === "HEAD" && ++writes % 3 === 0,
    async (_, forward) => {
      await forward();
      return awsError(500, "InternalServerError");
    },
  );
  const expected: string[] = [];
  for (let round = 0; round < 4; round++) {
    const texts = Array.from({ length: 8 }, (_, index) => `message ${index} of round ${round}`);
    await Promise.all(texts.map((text) => alice.client.send({ user: bobs }, text).done));
    expected.push(...texts);
    embedded.cloud.clock.advance(QUIET_MS);
  }
  await eventually("all of them at Bob's", () => bob.texts().length >= expected.length, {
    timeoutMs: 20_000,
  });
  expect(bob.texts()).toEqual(expected);
  expect(alice.texts()).toEqual(expected);
  expect(writes).toBeGreaterThan(3);
  for (const { client } of [alice, bob]) client.close();
});
