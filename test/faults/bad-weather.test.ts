import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { EVENT_FAMILIES } from "../../functions/ports/events.ts";
import { clientConfig } from "../../local/util/sdk.ts";
import type { ClientFrame, Entry } from "../../protocol/index.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { INGEST } from "../e2e/support/ingest.ts";
import { connect, newUser, say, text } from "../e2e/support/target.ts";
import { type AwsCall, AwsTap, awsError, type Interception } from "../support/aws/aws-tap.ts";
import { conflict } from "../support/aws/transaction-conflicts.ts";
import { eventually } from "../support/eventually.ts";
import { Subscriber } from "../support/subscriber.ts";
import type { Wire } from "../support/wire.ts";
import { killWriters } from "./support/writers.ts";

const REGION = "eu-central-1";
const tap = new AwsTap();
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({
    interpose: tap.interpose,
    errorRetryDelayMs: 100,
    workers: { commit: 2, send: 2 },
    events: EVENT_FAMILIES,
  });
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});
beforeEach(() => tap.clear());

type Matches = (call: AwsCall) => boolean;

/** Longer than the queue has a conversation to itself after a write. */
const QUEUE_BUSY_MS = 3_000;

const is =
  (operation: string, subject: string): Matches =>
  (call) =>
    call.operation === operation && call.subject === subject;

/** Alice and Bob with one message between them, and nothing of theirs in the queue any more. */
async function quietConversation() {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const [atAlice, atBob] = [await connect(embedded.target, alice), await connect(embedded.target, bob)];
  const { conversation } = await say(atAlice, bob, "first", 0);
  await eventually("the first at Bob's", () => atBob.pushed(conversation).length === 1);
  embedded.cloud.clock.advance(QUEUE_BUSY_MS);
  return { alice, bob, atAlice, atBob, conversation };
}

function frameOf(conversation: string, seenSeq: number, body: string) {
  const entry = text(body);
  return { type: "send", conversation, seen: [1, seenSeq], entries: [entry] } satisfies ClientFrame;
}

const seqOf = (wire: Wire, { entries: [entry] }: ReturnType<typeof frameOf>) =>
  wire
    .all("ack")
    .flatMap(({ entries }) => entries)
    .find(({ id }) => id === entry?.id)?.seq;

const texts = (entries: readonly Entry[]) => entries.map(({ body }) => (body as { text: string }).text);

/** Sends a frame as a client does: again, if it is told that it was not accepted. Returns its seq. */
async function sendUntilAcked(wire: Wire, frame: ReturnType<typeof frameOf>): Promise<number> {
  wire.send(frame);
  let errors = 0;
  return eventually(
    "the ack",
    () => {
      const refused = wire.all("error").filter(({ ids = [] }) => ids.includes(frame.entries[0]?.id ?? ""));
      if (refused.length > errors) {
        errors = refused.length;
        wire.send(frame);
      }
      return seqOf(wire, frame);
    },
    { timeoutMs: 40_000 },
  );
}

const fails: Interception = async () => awsError(500, "InternalServerError");

const FAULTS: readonly [string, Interception, number][] = [
  ["fails", fails, 1],
  // More often than one invocation tries.
  ["fails for a while", fails, 5],
  ["hangs", async () => undefined, 1],
  [
    "happens, but says that it failed",
    async (_, forward) => {
      await forward();
      return awsError(500, "InternalServerError");
    },
    1,
  ],
];

const STEPS: readonly [string, Matches][] = [
  ["the read of the conversation", is("Query", "HEAD")],
  ["the update of the head", is("UpdateItem", "HEAD")],
  ["the read of the leases", is("BatchGetItem", "USER")],
  ["the push", is("POST", "entries")],
  ["a message to a topic", ({ service }) => service === "sns"],
];

const WEATHER = STEPS.flatMap(([step, matches]) =>
  FAULTS.map(([fault, intercept, times]) => [step, fault, matches, intercept, times] as const),
);

describe("a message is acknowledged, and is everywhere once,", () => {
  test.each(WEATHER)(
    "when %s %s",
    async (_, _fault, matches, intercept, times) => {
      const { atAlice, atBob, conversation } = await quietConversation();
      let isMet = false;
      tap.on(
        matches,
        (call, forward, body) => {
          isMet = true;
          return intercept(call, forward, body);
        },
        times,
      );
      expect(await sendUntilAcked(atAlice, frameOf(conversation, 1, "through the storm"))).toBe(2);
      await eventually("it at Bob's", () => atBob.pushed(conversation).length === 2, { timeoutMs: 30_000 });
      await eventually("the fault", () => isMet);
      tap.clear();
      expect(await sendUntilAcked(atAlice, frameOf(conversation, 2, "after it"))).toBe(3);
      await eventually("the next one at Bob's", () => atBob.pushed(conversation).length === 3);
      expect(texts(await atBob.log(conversation))).toEqual(["first", "through the storm", "after it"]);
      expect(texts(atBob.pushed(conversation))).toEqual(["first", "through the storm", "after it"]);
    },
    90_000,
  );

  test.each([1, 2, 3])("when its writer loses %d races", async (races) => {
    const { atAlice, atBob, conversation } = await quietConversation();
    conflict(tap, { on: (key) => key.endsWith(" HEAD"), times: races });
    expect(await sendUntilAcked(atAlice, frameOf(conversation, 1, "contested"))).toBe(2);
    await eventually("it at Bob's", () => atBob.pushed(conversation).length === 2);
    expect(texts(await atBob.log(conversation))).toEqual(["first", "contested"]);
    // A direct writer tries twice; what it then leaves to the queue comes after the first message, which went there, too.
    const accepted = INGEST === "direct" ? 1 + Number(races >= 2) : 0;
    expect(atAlice.all("accepted")).toHaveLength(accepted);
  });
});

test.runIf(INGEST === "direct")(
  "an entry whose sender died before its ack is found by sync, and the next writer tells the absent of it, once",
  async () => {
    const { endpoints, resources } = embedded.cloud;
    const clients = {
      sns: new SNSClient(clientConfig(endpoints.sns, REGION)),
      sqs: new SQSClient(clientConfig(endpoints.sqs, REGION)),
    };
    const { alice, bob, atAlice, atBob, conversation } = await quietConversation();
    const other = await connect(embedded.target, alice, { device: "tablet" });
    await atBob.close();
    const notified = await Subscriber.open(clients, resources.channels.outbound.topicArn, {
      type: ["message.undelivered"],
    });
    const about = (seq: number) =>
      notified.messages.filter(
        (message) =>
          message.conversation === conversation &&
          (message.users as string[]).includes(bob) &&
          (message.messages as { seq: number }[]).some((preview) => preview.seq === seq),
      );

    let isKilled = false;
    tap.on(
      is("UpdateItem", "HEAD"),
      async (_, forward) => {
        await forward();
        killWriters(embedded.cloud);
        isKilled = true;
        return undefined;
      },
      1,
    );
    atAlice.send(frameOf(conversation, 1, "the sender's last"));
    await eventually("the kill", () => isKilled);
    atAlice.cut();
    tap.clear();
    const [found] = (await other.sync()).conversations;
    expect(texts(found?.entries ?? [])).toEqual(["first", "the sender's last"]);

    expect(await sendUntilAcked(other, frameOf(conversation, 2, "the next one"))).toBe(3);
    await notified.until("the event about the entry of the dead writer", () => about(2).length > 0);
    // Events of a later message come after those of an earlier one have been published.
    expect(await sendUntilAcked(other, frameOf(conversation, 3, "the one after"))).toBe(4);
    await notified.until("the events about the others", () => about(3).length > 0 && about(4).length > 0);
    expect([2, 3, 4].map((seq) => about(seq).length)).toEqual([1, 1, 1]);

    const again = await connect(embedded.target, bob);
    const [synced] = (await again.sync()).conversations;
    expect(texts(synced?.entries ?? [])).toEqual([
      "first",
      "the sender's last",
      "the next one",
      "the one after",
    ]);
  },
);
