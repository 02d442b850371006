import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { headOf } from "../../functions/adapters/dynamodb/items.ts";
import { headKey, inboxKey, memberKey } from "../../functions/adapters/dynamodb/keys.ts";
import { groupConversationId } from "../../functions/core/log/conversation-id.ts";
import type { ClientFrame, Entry, NewEntry } from "../../protocol/index.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { createGroup, outcomeOf, write } from "../e2e/support/group.ts";
import { INGEST } from "../e2e/support/ingest.ts";
import { connect, newUser, say } from "../e2e/support/target.ts";
import { type AwsCall, AwsTap, awsError } from "../support/aws/aws-tap.ts";
import { eventually } from "../support/eventually.ts";
import { pendingIn } from "../support/pending.ts";
import { storedItem } from "../support/stored-item.ts";
import type { Wire } from "../support/wire.ts";
import { killWriters, resendAfterKill } from "./support/writers.ts";

const tap = new AwsTap();
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded({
    interpose: tap.interpose,
    errorRetryDelayMs: 20,
    workers: { commit: 2 },
  });
});
afterAll(async () => {
  await embedded.cloud.stop();
  await tap.stop();
});
beforeEach(() => tap.clear());

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;
type Rows = Record<string, unknown>;

/** A group of Alice, Bob and Carol, and Dave who is in none; all of them are connected. */
interface Setup {
  readonly names: Record<"alice" | "bob" | "carol" | "dave", string>;
  readonly at: Record<"alice" | "bob" | "carol" | "dave", Wire>;
  readonly group: string;
  readonly seq: number;
}

/** One change as its sender makes it, and the expected state after it. */
interface Change {
  /** The group, unless the change creates a conversation. */
  conversation(setup: Setup): string;
  frame(setup: Setup, id: string): ClientFrame;
  /** Users who get the entry pushed and may read it; nobody else may get anything. */
  readonly recipients: readonly (keyof Setup["at"])[];
  /** Entries in the log afterwards, as the owner reads them. */
  readonly log: readonly (Partial<Entry> & { kind: string })[];
  rows(setup: Setup, conversation: string): Promise<Rows>;
  readonly expected: (setup: Setup) => Rows;
}

const stored = async (key: object) => (await storedItem(embedded.cloud, key)) ?? {};
const BEFORE = [{ kind: "create" }, { kind: "text" }] as const;

function entry(
  recipients: Change["recipients"],
  make: (setup: Setup) => WithoutId<NewEntry>,
  outcome: Pick<Change, "log" | "rows" | "expected">,
): Change {
  return {
    conversation: ({ group }) => group,
    frame: (setup, id) => ({
      type: "send",
      conversation: setup.group,
      seen: [1, setup.seq],
      entries: [{ ...make(setup), id } as NewEntry],
    }),
    recipients,
    ...outcome,
  };
}

/** Returns the head's counts, and a user's ranges from both rows. */
async function membership(conversation: string, user: string): Promise<Rows> {
  const [head, member, inbox] = [
    await stored(headKey(conversation)),
    await stored(memberKey(conversation, user)),
    await stored(inboxKey(user, conversation)),
  ];
  const { memberCount, lastSeq } = headOf(head);
  return { memberCount, lastSeq, member: member?.ranges, inbox: inbox.ranges };
}
const nothing = async () => ({});

const CHANGES: Record<string, Change> = {
  "creating a group": {
    conversation: ({ names }) => groupConversationId(names.alice, `create-${names.alice}`),
    frame: ({ names }) => ({
      type: "create",
      id: `create-${names.alice}`,
      title: "Crashed",
      members: [names.bob, names.carol],
    }),
    recipients: ["bob", "carol"],
    log: [{ kind: "create" }],
    rows: ({ names }, conversation) => membership(conversation, names.carol),
    expected: () => ({ memberCount: 3, lastSeq: 1, member: [[1]], inbox: [[1]] }),
  },
  "adding a member": entry(
    ["bob", "carol", "dave"],
    ({ names }) => ({ kind: "member.add", body: { users: [names.dave] } }),
    {
      log: [...BEFORE, { kind: "member.add" }],
      rows: ({ group, names }) => membership(group, names.dave),
      expected: () => ({ memberCount: 4, lastSeq: 3, member: [[3]], inbox: [[3]] }),
    },
  ),
  "removing a member": entry(
    ["bob", "carol"],
    ({ names }) => ({ kind: "member.remove", body: { users: [names.carol] } }),
    {
      log: [...BEFORE, { kind: "member.remove" }],
      rows: ({ group, names }) => membership(group, names.carol),
      expected: () => ({ memberCount: 2, lastSeq: 3, member: undefined, inbox: [[1, 3]] }),
    },
  ),
  "an edit": entry(["bob", "carol"], () => ({ kind: "edit", body: { of: 2, text: "edited" } }), {
    log: [
      { kind: "create" },
      { kind: "text", body: { text: "edited" }, editSeq: 3 },
      { kind: "edit", body: { of: 2, text: "edited" } },
    ],
    rows: nothing,
    expected: () => ({}),
  }),
  "a delete": entry(["bob", "carol"], () => ({ kind: "delete", body: { of: 2 } }), {
    log: [{ kind: "create" }, { kind: "text", body: null }, { kind: "delete", body: { of: 2 } }],
    rows: nothing,
    expected: () => ({}),
  }),
  "a reaction": entry(["bob", "carol"], () => ({ kind: "reaction", body: { of: 2, key: "+1" } }), {
    log: [{ kind: "create" }, { kind: "text" }, { kind: "reaction" }],
    rows: async ({ at, group }) => ({ reactions: (await at.bob.log(group))[1]?.reactions }),
    expected: ({ names }) => ({ reactions: { "+1": [names.alice] } }),
  }),
};

async function setup(): Promise<Setup> {
  const names = {
    alice: newUser("alice"),
    bob: newUser("bob"),
    carol: newUser("carol"),
    dave: newUser("dave"),
  };
  const [alice, bob, carol, dave] = await Promise.all(
    Object.values(names).map((user) => connect(embedded.target, user)),
  );
  const at = { alice, bob, carol, dave } as Setup["at"];
  const group = await createGroup(at.alice, [names.bob, names.carol]);
  const { seq } = await write(at.alice, group, "first");
  for (const wire of [at.bob, at.carol]) {
    await eventually("the first", () => wire.pushed(group).length === 2);
  }
  return { names, at, group, seq };
}

/** Changes that `send` may append itself, and one that it leaves to the queue. */
const CHANGES_WHEN_DIRECT = ["an edit", "a delete", "a reaction", "removing a member"];
const KILLED_CHANGES = Object.entries(CHANGES).filter(
  ([name]) => INGEST === "queued" || CHANGES_WHEN_DIRECT.includes(name),
);
/** Tests of what only `commit` does: it posts its acks, and its queue delivers again. */
const testOfCommit = test.runIf(INGEST === "queued");

/** The write that makes a change: of the head alone while the entry that it names is there. */
const WRITES: Readonly<Record<string, string>> = {
  "an edit": "UpdateItem HEAD",
  "a delete": "UpdateItem HEAD",
  "a reaction": "UpdateItem HEAD",
};
const writeOf = (name: string) => WRITES[name] ?? "TransactWriteItems HEAD";

/** Calls of the writer to AWS while no other function works. */
const isOfWriter = ({ service }: AwsCall) => service === "dynamodb" || service === "management";

/** Kills the worker at its n-th call from now on, `after` or `before` it has happened. */
function killAtCall(n: number, moment: "before" | "after"): { killed: () => AwsCall | undefined } {
  let killed: AwsCall | undefined;
  let count = 0;
  tap.on(
    (call) => isOfWriter(call) && ++count === n,
    async (call, forward) => {
      if (moment === "after") await forward();
      killWriters(embedded.cloud);
      killed = call;
      return undefined;
    },
    1,
  );
  return { killed: () => killed };
}

/**
 * Checks that the log has the entry once, that rows match, and that every recipient has it once and nobody else
 * anything.
 */
async function expectDone(change: Change, here: Setup, id: string): Promise<void> {
  const { at } = here;
  const conversation = change.conversation(here);
  const { seq, refused } = await outcomeOf(at.alice, id);
  expect([refused, seq]).toEqual([undefined, change.log.length]);
  const acks = at.alice.all("ack").flatMap(({ entries }) => entries.filter((one) => one.id === id));
  expect(new Set(acks.map((ack) => ack.seq))).toEqual(new Set([seq]));

  const log = await at.alice.log(conversation);
  expect(log).toMatchObject(change.log);
  expect(log.map((one) => one.seq)).toEqual(change.log.map((_, index) => index + 1));
  expect(await change.rows(here, conversation)).toEqual(change.expected(here));
  for (const name of change.recipients) {
    const own = () => at[name].pushed(conversation).filter((one) => one.seq === seq);
    await eventually(`the entry at ${name}'s`, () => own().length === 1, { timeoutMs: 15_000 });
    expect(own()[0]?.id).toBe(id);
  }

  // The next message reaches the members, at the next seq, and nobody else.
  const next = await write(at.alice, conversation, "secret");
  expect(next).toMatchObject({ seq: seq + 1, refused: undefined });
  const isMember = (name: keyof Setup["at"]) =>
    change.recipients.includes(name) && !(log.at(-1)?.kind === "member.remove" && name === "carol");
  for (const name of ["bob", "carol", "dave"] as const) {
    const pushed = () => at[name].pushed(conversation).map((one) => one.seq);
    if (isMember(name)) await eventually(`the next at ${name}'s`, () => pushed().includes(next.seq));
    const had = name === "dave" ? [] : Array.from({ length: seq - 1 }, (_, index) => index + 1);
    const may = [
      ...had,
      ...(change.recipients.includes(name) ? [seq] : []),
      ...(isMember(name) ? [next.seq] : []),
    ];
    expect([name, pushed()]).toEqual([name, may]);
    const readable = await at[name].log(conversation).then(
      (entries) => entries.map((one) => one.seq),
      ({ code }) => code,
    );
    expect([name, readable]).toEqual([name, may.length > 0 ? may : "not_found"]);
  }
  expect(at.alice.all("reject")).toEqual([]);
}

const idOf = (frame: ClientFrame) =>
  frame.type === "send" ? (frame.entries[0]?.id ?? "") : "id" in frame ? frame.id : "";

/** Longer than an environment remembers what it wrote. */
const FORGOTTEN_MS = 3_000;

/**
 * Kills the worker at its first call, then in a new run at its second, and so on, until the change completes with
 * fewer calls. Returns the calls it was killed at.
 */
async function killEverywhere<T>(
  moment: "before" | "after",
  prepare: () => Promise<T>,
  act: (prepared: T, settled: (isDone: () => boolean) => Promise<void>) => Promise<void>,
): Promise<string[]> {
  const calls: string[] = [];
  for (let n = 1; ; n++) {
    const prepared = await prepare();
    await eventually("the queue to be empty", isQueueEmpty);
    // No environment may know the conversation still: with other calls in each run, some call would be left out.
    embedded.cloud.clock.advance(FORGOTTEN_MS);
    const { killed } = killAtCall(n, moment);
    await act(prepared, async (isDone) => {
      await eventually("the kill, or the end", () => killed() || (isDone() && isQueueEmpty()), {
        timeoutMs: 15_000,
      });
      tap.clear();
    });
    const call = killed();
    if (call === undefined) return calls;
    calls.push(`${call.operation} ${call.subject}`);
  }
}

const isQueueEmpty = () => pendingIn(embedded.cloud, ["entries"]) === 0;
const isAcked = (wire: Wire, id: string) =>
  wire.all("ack").some(({ entries }) => entries.some((one) => one.id === id));

describe.each(["before", "after"] as const)("a writer that is killed %s each of its calls", (moment) => {
  test.each(KILLED_CHANGES)(
    "%s: once in the log and in the rows, answered, and pushed once to every recipient and to nobody else",
    async (name, change) => {
      const calls = await killEverywhere(moment, setup, async (here, settled) => {
        const frame = change.frame(here, randomUUID());
        here.at.alice.send(frame);
        await settled(() => isAcked(here.at.alice, idOf(frame)));
        resendAfterKill(here.at.alice, frame);
        await expectDone(change, here, idOf(frame));
      });
      expect(calls).toContain(writeOf(name));
      if (INGEST === "queued") expect(calls).toContain("POST ack");
      expect(calls).toContain("POST entries");
    },
    180_000,
  );

  testOfCommit(
    "a block: it holds, its sender is answered, and the blocked user can no longer write",
    async () => {
      const calls = await killEverywhere(moment, pair, async ({ names, at, conversation }, settled) => {
        let answers = 0;
        const asked = at.bob.request({ type: "block", user: names.alice }).then(() => {
          answers += 1;
        });
        await settled(() => answers === 1);
        await asked;
        expect(await stored(memberKey(conversation, names.alice))).toMatchObject({ blocked: true });
        expect(await stored(inboxKey(names.bob, conversation))).toMatchObject({ blocking: true });
        expect(await stored(inboxKey(names.alice, conversation))).toMatchObject({ blocked: true });
        expect(await write(at.alice, conversation, "please")).toMatchObject({ refused: "blocked" });
        expect(await at.bob.log(conversation)).toHaveLength(1);
        expect(at.alice.pushed(conversation)).toEqual([]);
      });
      expect(calls).toContain("TransactWriteItems HEAD");
      expect(calls).toContain("POST reply");
    },
    180_000,
  );
});

async function pair() {
  const names = { alice: newUser("alice"), bob: newUser("bob") };
  const at = {
    alice: await connect(embedded.target, names.alice),
    bob: await connect(embedded.target, names.bob),
  };
  const { conversation } = await say(at.alice, names.bob, "first", 0);
  await at.bob.next("entries");
  return { names, at, conversation };
}

testOfCommit.each(["an edit", "a delete", "removing a member", "adding a member", "creating a group"])(
  "%s whose ack is lost and whose frame is sent again on a new connection: the same answer, and nothing twice",
  async (name) => {
    const change = CHANGES[name] as Change;
    const here = await setup();
    const { alice } = here.at;
    const frame = change.frame(here, randomUUID());
    let lost = 0;
    tap.on(
      (call) => call.operation === "POST" && call.subject === "ack",
      async () => {
        lost += 1;
        return awsError(410, "GoneException");
      },
      1,
    );
    alice.send(frame);
    await eventually("the ack to be lost", () => lost === 1);
    alice.cut();
    const again = await connect(embedded.target, here.names.alice);
    again.send(frame);
    const first = await outcomeOf(again, idOf(frame));
    again.send(frame);
    await eventually(
      "the answer of the third",
      () => again.all("ack").filter(({ entries }) => entries[0]?.id === idOf(frame)).length === 2,
    );
    expect(await outcomeOf(again, idOf(frame))).toEqual(first);
    await expectDone(change, { ...here, at: { ...here.at, alice: again } }, idOf(frame));
  },
);

testOfCommit.each(Object.entries(CHANGES))(
  "%s in two overlapping invocations, the first held before its write: once, and both give the same answer",
  async (name, change) => {
    const here = await setup();
    const { alice } = here.at;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    let waiting = 0;
    let late: number | undefined;
    tap.on(
      (call) => `${call.operation} ${call.subject}` === writeOf(name),
      async (__, forward) => {
        waiting += 1;
        await held;
        const answer = await forward();
        late = answer.status;
        return answer;
      },
      1,
    );
    const frame = change.frame(here, randomUUID());
    alice.send(frame);
    await eventually("the first at its write", () => waiting === 1);
    embedded.cloud.queues.expireVisibility("entries");
    const { seq } = await outcomeOf(alice, idOf(frame));
    const acks = () =>
      alice.all("ack").flatMap(({ entries }) => entries.filter(({ id }) => id === idOf(frame)));
    release();
    await eventually("the answer of the first", () => acks().length === 2, { timeoutMs: 15_000 });
    expect(late).toBe(400);
    expect(acks().map((ack) => ack.seq)).toEqual([seq, seq]);
    await expectDone(change, here, idOf(frame));
  },
);
