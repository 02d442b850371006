import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Entry } from "../../protocol/index.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { append, createGroup, write } from "../e2e/support/group.ts";
import { connect, newUser } from "../e2e/support/target.ts";
import { type AwsCall, AwsTap, awsError } from "../support/aws/aws-tap.ts";
import { connectionOf } from "../support/connection-of.ts";
import { eventually } from "../support/eventually.ts";
import { pendingIn } from "../support/pending.ts";
import type { Wire } from "../support/wire.ts";

const tap = new AwsTap();
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({
    interpose: tap.interpose,
    errorRetryDelayMs: 50,
    workers: { deliver: 2 },
  });
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});
beforeEach(() => tap.clear());

const bodies = (entries: readonly Entry[]) =>
  entries.filter(({ kind }) => kind === "text").map(({ body }) => (body as { text?: string } | null)?.text);
const entriesTo = (connection: string) => (call: AwsCall) =>
  call.operation === "POST" && call.subject === "entries" && call.connection === connection;

/** Holds the next pushes of entries to a connection until they are released. */
function hold(connection: string, times: number): { waiting: () => number; release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let waiting = 0;
  tap.on(
    entriesTo(connection),
    async (_, forward) => {
      waiting += 1;
      await promise;
      return forward();
    },
    times,
  );
  return { waiting: () => waiting, release: resolve };
}

async function groupOf(size: number) {
  const [alice, bob, carol] = [newUser("alice"), newUser("bob"), newUser("carol")];
  const [atAlice, atBob, atCarol] = await Promise.all(
    [alice, bob, carol].map((user) => connect(embedded.target, user)),
  );
  const crowd = Array.from({ length: Math.max(0, size - 3) }, (_, index) => `crowd ${index} ${alice}`);
  const group = await createGroup(atAlice as Wire, [bob, carol, ...crowd.slice(0, 38)]);
  for (let from = 38; from < crowd.length; from += 40) {
    await append(atAlice as Wire, group, {
      kind: "member.add",
      body: { users: crowd.slice(from, from + 40) },
    });
  }
  const { seq } = await write(atAlice as Wire, group, "first");
  for (const wire of [atBob, atCarol] as Wire[]) {
    await eventually("the first", () => wire.pushed(group).some((entry) => entry.seq === seq), {
      timeoutMs: 15_000,
    });
  }
  const connection = await connectionOf(embedded.cloud, bob);
  return { alice, bob, carol, atAlice, atBob, atCarol, group, seq, connection } as {
    alice: string;
    bob: string;
    carol: string;
    atAlice: Wire;
    atBob: Wire;
    atCarol: Wire;
    group: string;
    seq: number;
    connection: string;
  };
}

const has = (wire: Wire, group: string, seq: number) =>
  eventually(`entry ${seq}`, () => wire.pushed(group).some((entry) => entry.seq === seq), {
    timeoutMs: 15_000,
  });

/** Waits until no push is pending. */
const delivered = () =>
  eventually("all queues to be empty", () => pendingIn(embedded.cloud) === 0, { timeoutMs: 20_000 });

test.each([
  ["small", 3],
  ["large", 130],
])(
  "a member removed from a %s group while a push to them hangs gets that push, the removal and nothing later",
  async (_, size) => {
    const { bob, atAlice, atBob, atCarol, group, connection } = await groupOf(size);
    const { waiting, release } = hold(connection, 2);
    const before = await write(atAlice, group, "before");
    await eventually("the push to hang", () => waiting() > 0);
    const removal = await append(atAlice, group, { kind: "member.remove", body: { users: [bob] } });
    const secret = await write(atCarol, group, "secret");
    await has(atAlice, group, secret.seq);
    release();
    await has(atBob, group, before.seq);
    await has(atBob, group, removal.seq);
    await delivered();
    expect(bodies(atBob.pushed(group))).toEqual(["first", "before"]);
    expect(JSON.stringify(atBob.received)).not.toContain("secret");
    expect(atBob.pushed(group).at(-1)).toMatchObject({ seq: removal.seq, kind: "member.remove" });
  },
);

test.each([
  ["small", 3],
  ["large", 130],
])(
  "a push to a %s group that is retried after a removal brings only entries of the time of membership",
  async (_, size) => {
    const { bob, atAlice, atBob, atCarol, group, connection } = await groupOf(size);
    // Refused until the user is removed and another message was sent.
    let refused = 0;
    let isOpen = false;
    tap.on(
      (call) => !isOpen && entriesTo(connection)(call),
      async () => {
        refused += 1;
        return awsError(429, "LimitExceededException");
      },
    );
    const before = await write(atAlice, group, "before");
    await eventually("a refused push", () => refused > 0);
    const removal = await append(atAlice, group, { kind: "member.remove", body: { users: [bob] } });
    const secret = await write(atCarol, group, "secret");
    await has(atAlice, group, secret.seq);
    expect(bodies(atBob.pushed(group))).toEqual(["first"]);
    isOpen = true;
    await has(atBob, group, before.seq);
    await has(atBob, group, removal.seq);
    await delivered();
    expect(bodies(atBob.pushed(group))).toEqual(["first", "before"]);
    expect(JSON.stringify(atBob.received)).not.toContain("secret");
  },
);

test("a shard of a large group that is delivered after a removal is pushed to those who were members at the entry", async () => {
  const { bob, atAlice, atBob, atCarol, group } = await groupOf(130);
  embedded.cloud.functions.pause("deliver");
  const before = await write(atAlice, group, "before");
  const removal = await append(atAlice, group, { kind: "member.remove", body: { users: [bob] } });
  const secret = await write(atCarol, group, "secret");
  const back = await append(atAlice, group, { kind: "member.add", body: { users: [bob] } });
  const after = await write(atCarol, group, "welcome");
  await eventually("five parts to wait", () => embedded.cloud.queues.depth("outbound").visible >= 5);
  embedded.cloud.functions.resume("deliver");
  for (const { seq } of [before, removal, back, after]) await has(atBob, group, seq);
  await has(atAlice, group, secret.seq);
  await delivered();
  expect(bodies(atBob.pushed(group))).toEqual(["first", "before", "welcome"]);
  expect(JSON.stringify(atBob.received)).not.toContain("secret");
  expect(atBob.pushed(group).map(({ seq }) => seq)).not.toContain(secret.seq);
});

test.each([
  ["small", 3],
  ["large", 130],
])(
  "a message to a %s group that is deleted before it is pushed arrives without its text",
  async (_, size) => {
    const { atAlice, atBob, group, connection } = await groupOf(size);
    embedded.cloud.functions.pause("deliver");
    let isOpen = false;
    tap.on(
      (call) => !isOpen && entriesTo(connection)(call),
      async () => awsError(503, "ServiceUnavailable"),
    );
    const regretted = `regretted ${randomUUID()}`;
    const { seq } = await write(atAlice, group, regretted);
    // Left to the outbound queue by seq: no one holds the text any more.
    await eventually("it to be left for later", () => embedded.cloud.queues.depth("outbound").visible > 0);
    const deletion = await append(atAlice, group, { kind: "delete", body: { of: seq } });
    expect(deletion.refused).toBeUndefined();
    isOpen = true;
    embedded.cloud.functions.resume("deliver");
    await has(atBob, group, seq);
    await has(atBob, group, deletion.seq);
    expect(atBob.pushed(group).find((entry) => entry.seq === seq)).toMatchObject({
      kind: "text",
      body: null,
    });
    expect(JSON.stringify(atBob.received)).not.toContain(regretted);
  },
);
