import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { headKey } from "../../functions/adapters/dynamodb/keys.ts";
import type { ClientFrame } from "../../protocol/index.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { INGEST } from "../e2e/support/ingest.ts";
import { connect, newUser, say, text } from "../e2e/support/target.ts";
import { type AwsCall, AwsTap } from "../support/aws/aws-tap.ts";
import { eventually } from "../support/eventually.ts";
import { pendingIn } from "../support/pending.ts";
import { storedItem } from "../support/stored-item.ts";
import type { Wire } from "../support/wire.ts";
import { everythingStored } from "./support/stored-texts.ts";
import { killWriters, resendAfterKill } from "./support/writers.ts";

const tap = new AwsTap();
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({
    interpose: tap.interpose,
    errorRetryDelayMs: 100,
    workers: { commit: 2, send: 2 },
  });
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});
beforeEach(() => tap.clear());

type Moment = "before" | "after";
type Matches = (call: AwsCall) => boolean;

const MOST_FILLERS = 20;
/** Longer than the queue has a conversation to itself after a write. */
const QUEUE_BUSY_MS = 3_000;

const is =
  (operation: string, subject: string): Matches =>
  (call) =>
    call.operation === operation && call.subject === subject;

/** Matches the update of the head that takes flushed entries out of it. */
function trimmingUpdate(): Matches {
  let isFlushed = false;
  return (call) => {
    isFlushed ||= is("PutItem", "SEG")(call);
    return isFlushed && is("UpdateItem", "HEAD")(call);
  };
}

const FLUSH_STEPS: readonly [string, Moment, () => Matches][] = [
  ["before the put of its segment", "before", () => is("PutItem", "SEG")],
  ["between the put and the update of the head", "after", () => is("PutItem", "SEG")],
  ["before the update of the head", "before", trimmingUpdate],
  ["after the update of the head", "after", trimmingUpdate],
];

/** A conversation in whose tail are a text and its edit, both secret. */
async function conversationWithSecrets() {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const [atAlice, atBob] = [await connect(embedded.target, alice), await connect(embedded.target, bob)];
  const secrets = [`secret-${randomUUID()}`, `secret-${randomUUID()}`] as const;
  const { conversation } = await say(atAlice, bob, "first", 0);
  // The queue wrote the first message, and has the conversation to itself for a moment.
  embedded.cloud.clock.advance(QUEUE_BUSY_MS);
  await say(atAlice, bob, secrets[0], [1, 1]);
  await acknowledged(atAlice, conversation, [1, 2], { kind: "edit", body: { of: 2, text: secrets[1] } });
  return { atAlice, atBob, conversation, secrets };
}

type Content =
  | { kind: "edit"; body: { of: number; text: string } }
  | { kind: "delete"; body: { of: number } };

function frameOf(
  conversation: string,
  seen: [number, number],
  content: Content,
): ClientFrame & { type: "send" } {
  return { type: "send", conversation, seen, entries: [{ id: randomUUID(), ...content }] };
}

const isAcked = (wire: Wire, { entries: [entry] }: { entries: readonly { id: string }[] }) =>
  wire.all("ack").some(({ entries }) => entries.some(({ id }) => id === entry?.id));

async function acknowledged(wire: Wire, conversation: string, seen: [number, number], content: Content) {
  const frame = frameOf(conversation, seen, content);
  wire.send(frame);
  await eventually("the ack", () => isAcked(wire, frame), { timeoutMs: 15_000 });
}

/** Sends texts until `isReached`. Returns the frame that was not acknowledged then. */
async function fill(wire: Wire, conversation: string, isReached: () => boolean | Promise<boolean>) {
  for (let count = 0; count < MOST_FILLERS; count++) {
    const frame = {
      type: "send" as const,
      conversation,
      seen: [1, 3] as [number, number],
      entries: [text(`filler ${count} ${"x".repeat(100)}`)],
    };
    wire.send(frame);
    await eventually("the ack, or the fault", () => isAcked(wire, frame) || isReached(), {
      timeoutMs: 15_000,
    });
    if (!(await isReached())) continue;
    // Nothing but the first message of the conversation went through the queue.
    if (INGEST === "direct") expect(wire.all("accepted")).toHaveLength(1);
    return frame;
  }
  throw new Error("there was no flush");
}

/** Waits until no function has anything left to do. */
async function settled(): Promise<void> {
  const isAnswered = () => tap.calls.every(({ status }) => status !== undefined);
  await eventually("the queues to be empty", () => pendingIn(embedded.cloud) === 0 && isAnswered(), {
    timeoutMs: 20_000,
  });
}

/** Returns what of the table and of the queues holds one of these texts. */
async function storedWith(texts: readonly string[]): Promise<string[]> {
  const stored = await everythingStored(embedded.cloud);
  return stored.filter((thing) => texts.some((text) => thing.includes(text)));
}

/** Checks that nobody has the secrets, and that nothing else is missing. */
async function expectDeleted(atBob: Wire, conversation: string, secrets: readonly string[], fillers: Wire) {
  await settled();
  expect(await storedWith(secrets)).toEqual([]);
  const log = await atBob.log(conversation);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  expect(log[1]).toMatchObject({ body: null });
  const acked = fillers.all("ack").flatMap(({ entries }) => entries);
  for (const { id, seq } of acked) expect(log[seq - 1]?.id).toBe(id);
  expect(new Set(log.map(({ id }) => id)).size).toBe(log.length);
}

describe("a text that is deleted", () => {
  test.each(FLUSH_STEPS)("while a slow writer is at its flush, %s, is nowhere", async (_, moment, step) => {
    const { atAlice, atBob, conversation, secrets } = await conversationWithSecrets();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    let isHeld = false;
    tap.on(
      step(),
      async (_call, forward) => {
        const answer = moment === "after" ? await forward() : undefined;
        isHeld = true;
        await held;
        return answer ?? forward();
      },
      1,
    );
    const frame = await fill(atAlice, conversation, () => isHeld);
    const deletion = frameOf(conversation, [1, 3], { kind: "delete", body: { of: 2 } });
    atAlice.send(deletion);
    // The queue gives nothing of the conversation to another invocation before the visibility timeout.
    await eventually(
      "the deletion to be acknowledged",
      () => {
        if (INGEST === "queued") embedded.cloud.queues.expireVisibility("entries");
        return isAcked(atAlice, deletion);
      },
      { timeoutMs: 15_000 },
    );
    expect(await storedWith(secrets)).toEqual([]);
    release();
    await eventually("the ack of the slow writer", () => isAcked(atAlice, frame), { timeoutMs: 15_000 });
    await expectDeleted(atBob, conversation, secrets, atAlice);
  });

  test.each(FLUSH_STEPS)(
    "after a writer was killed in its flush, %s, is nowhere",
    async (_, moment, step) => {
      const { atAlice, atBob, conversation, secrets } = await conversationWithSecrets();
      let isKilled = false;
      tap.on(
        step(),
        async (_call, forward) => {
          if (moment === "after") await forward();
          killWriters(embedded.cloud);
          isKilled = true;
          return undefined;
        },
        1,
      );
      const frame = await fill(atAlice, conversation, () => isKilled);
      tap.clear();
      await acknowledged(atAlice, conversation, [1, 3], { kind: "delete", body: { of: 2 } });
      resendAfterKill(atAlice, frame);
      await eventually("the ack of the killed writer's frame", () => isAcked(atAlice, frame), {
        timeoutMs: 15_000,
      });
      await expectDeleted(atBob, conversation, secrets, atAlice);
    },
  );

  test.each(["before", "after"] as const)(
    "while a flush is due, by a writer that is killed %s its transaction, is nowhere",
    async (moment) => {
      const { atAlice, atBob, conversation, secrets } = await conversationWithSecrets();
      const isDue = async () => (await storedItem(embedded.cloud, headKey(conversation)))?.flushDue === true;
      await fill(atAlice, conversation, isDue);
      await settled();
      let isKilled = false;
      tap.on(
        ({ operation }) => operation === "TransactWriteItems",
        async (_call, forward) => {
          if (moment === "after") await forward();
          killWriters(embedded.cloud);
          isKilled = true;
          return undefined;
        },
        1,
      );
      const deletion = frameOf(conversation, [1, 3], { kind: "delete", body: { of: 2 } });
      atAlice.send(deletion);
      await eventually("the kill", () => isKilled);
      tap.clear();
      resendAfterKill(atAlice, deletion);
      await eventually("the ack", () => isAcked(atAlice, deletion), { timeoutMs: 15_000 });
      await expectDeleted(atBob, conversation, secrets, atAlice);
    },
  );
});

test("a stored text is found where it is: the search for deleted ones is no blind one", async () => {
  const { atAlice, atBob, secrets } = await conversationWithSecrets();
  embedded.cloud.functions.pause("commit");
  const queued = `secret-${randomUUID()}`;
  atAlice.send({ type: "send", to: { user: newUser("carol") }, entries: [text(queued)] });
  await eventually("the frame in the queue", () => embedded.cloud.queues.depth("entries").visible === 1);
  expect(await storedWith([secrets[1]])).not.toEqual([]);
  expect(await storedWith([queued])).not.toEqual([]);
  embedded.cloud.functions.resume("commit");
  await settled();
  await Promise.all([atAlice.close(), atBob.close()]);
});
