import fc from "fast-check";
import * as v from "valibot";
import { expect, test } from "vitest";
import { answerCommand, type CommandDeps } from "../../../functions/core/command.ts";
import { initialMembers } from "../../../functions/core/commit/conversation-state.ts";
import { directConversationId } from "../../../functions/core/log/conversation-id.ts";
import { frameBytes } from "../../../functions/core/log/frame-packing.ts";
import type { Request } from "../../../functions/core/request.ts";
import { Throttle } from "../../../functions/core/shared/rate-limit.ts";
import type { Segment } from "../../../functions/ports/conversation-log.ts";
import { type Entry, HistoryResult, LIMITS, type ServerFrame, SyncResult } from "../../../protocol/index.ts";
import { headOf } from "../../support/frames.ts";
import {
  MemoryInbox,
  MemoryLeases,
  MemoryLog,
  MemoryStore,
  silent,
  uncounted,
} from "../../support/memory-ports.ts";
import { MemoryPresenceTopic, MemoryWatches } from "../../support/memory-presence.ts";

const signal = new AbortController().signal;

/** Conversations of Alice with one friend each, with entries of the given body sizes, a segment each. */
async function storeWith(sizes: readonly (readonly number[])[]) {
  const store = new MemoryStore();
  const log = new MemoryLog(store);
  const conversations: string[] = [];
  for (const [index, bodies] of sizes.entries()) {
    const friend = `friend ${index}`;
    const conversation = directConversationId("alice", friend);
    conversations.push(conversation);
    const segments = bodies.map((size, at): Segment => {
      const entry: Entry = {
        seq: at + 1,
        id: `e${at}`,
        sender: friend,
        kind: "x.blob",
        body: "b".repeat(size),
        sentAtMs: at,
      };
      return { entries: [entry], decided: [] };
    });
    const head = headOf({ lastSeq: bodies.length });
    const [first, ...rest] = segments;
    const members = initialMembers(["alice", friend]);
    const change = { creates: true, head, members, segment: first, rewritten: [] };
    if (first) await log.change(conversation, change);
    for (const segment of rest) await log.append(conversation, segment);
  }
  return { store, conversations };
}

function depsOf(store: MemoryStore): CommandDeps {
  return {
    log: new MemoryLog(store),
    inbox: new MemoryInbox(store),
    leases: new MemoryLeases(store),
    connections: { post: async () => "sent", close: async () => undefined },
    typingThrottle: new Throttle(1_000),
    watches: new MemoryWatches(),
    presence: new MemoryPresenceTopic(),
    epochFloor: 1,
    now: () => 1_000,
    logger: silent,
    metrics: uncounted,
  };
}

function request(frame: object | string, over: Partial<Request> = {}): Request {
  return {
    user: "alice",
    connection: "c1",
    device: "phone",
    messageId: "m1",
    text: typeof frame === "string" ? frame : JSON.stringify(frame),
    receivedAtMs: 1_000,
    connectedAtMs: 0,
    tokenExpiresAtMs: 10_000,
    tokenIssuedAtMs: 0,
    ...over,
  };
}

/** Asks, and checks what holds for every answer: it fits into one frame. */
async function ask(store: MemoryStore, frame: object): Promise<unknown> {
  const answer = await answerCommand(depsOf(store), request({ id: "r1", ...frame }), signal);
  if (answer === undefined) throw new Error("there was no answer");
  expect(frameBytes(answer)).toBeLessThanOrEqual(LIMITS.frameBytes);
  if (answer.type !== "reply" || answer.error) throw new Error(JSON.stringify(answer));
  return answer.result;
}

const world = fc.array(
  fc.array(fc.integer({ min: 1, max: LIMITS.bodyBytes - 2 }), { minLength: 1, maxLength: 12 }),
  { maxLength: 60 },
);

test("whatever the sizes, syncing until there is no `next` brings every entry after the cursors once, in order", async () => {
  await fc.assert(
    fc.asyncProperty(world, fc.nat({ max: 3 }), async (sizes, known) => {
      const { store, conversations } = await storeWith(sizes);
      const cursors: Record<string, [number, number]> = {};
      for (const conversation of conversations) cursors[conversation] = [1, known];
      const got = new Map<string, number[]>();
      let from: string | undefined;
      for (let page = 0; page < 2_000; page++) {
        const result = v.parse(
          SyncResult,
          await ask(store, { type: "sync", cursors, ...(from && { from }) }),
        );
        for (const { conversation, entries, reset } of result.conversations) {
          // A conversation with fewer entries than the cursor claims is reset, and shows what it has.
          if (reset) got.set(conversation, []);
          const seqs = entries.map(({ seq }) => seq);
          got.set(conversation, [...(got.get(conversation) ?? []), ...seqs]);
          const last = seqs.at(-1);
          if (last !== undefined) cursors[conversation] = [1, last];
        }
        from = result.next;
        if (from === undefined) break;
      }
      expect(from).toBeUndefined();
      expect([...got.keys()].sort()).toEqual([...conversations].sort());
      for (const [index, conversation] of conversations.entries()) {
        const total = sizes[index]?.length ?? 0;
        if (known > total) continue;
        const missing = Array.from({ length: total - known }, (_, n) => known + n + 1);
        expect(got.get(conversation)).toEqual(missing);
      }
    }),
    { numRuns: 60 },
  );
});

test("without a cursor a conversation shows its newest entries, and says where it begins", async () => {
  const { store, conversations } = await storeWith([Array.from({ length: 40 }, () => 10)]);
  const result = v.parse(SyncResult, await ask(store, { type: "sync", cursors: {} }));
  expect(result.next).toBeUndefined();
  expect(result.conversations[0]).toMatchObject({ conversation: conversations[0], first: 1, lastSeq: 40 });
  expect(result.conversations[0]?.entries.map(({ seq }) => seq)).toEqual(
    Array.from({ length: 25 }, (_, n) => n + 16),
  );
});

test("a device ahead of a head that lags is not reset; one ahead of the log is", async () => {
  const { store, conversations } = await storeWith([[1, 1, 1]]);
  const [conversation = ""] = conversations;
  const head = store.heads.get(conversation);
  if (head) store.heads.set(conversation, { ...head, lastSeq: 2 });
  const sync = async (seq: number) =>
    v.parse(SyncResult, await ask(store, { type: "sync", cursors: { [conversation]: [1, seq] } }))
      .conversations[0];
  expect(await sync(3)).toMatchObject({ entries: [] });
  expect((await sync(3))?.reset).toBeUndefined();
  expect(await sync(4)).toMatchObject({ reset: true });
});

test("a reset whose entries just fill the frame is not too large for it", async () => {
  for (let size = 16_150; size < 16_230; size++) {
    const { store, conversations } = await storeWith([[size, size]]);
    const [conversation = ""] = conversations;
    const result = v.parse(
      SyncResult,
      await ask(store, { type: "sync", cursors: { [conversation]: [9, 1] } }),
    );
    expect(result.conversations[0]).toMatchObject({ conversation, reset: true });
    expect(result.next).toBeUndefined();
  }
});

test("a device is shown nothing before its user's first entry", async () => {
  const { store, conversations } = await storeWith([[1, 1, 1, 1, 1]]);
  const [conversation = ""] = conversations;
  const ranges = [[3]] as const;
  store.putMember(conversation, { user: "alice", role: "member", ranges });
  store.putRow("alice", { conversation, peer: "friend 0", role: "member", ranges });
  const seqs = async (frame: object) => {
    const result = (await ask(store, frame)) as { entries?: Entry[]; conversations?: { entries: Entry[] }[] };
    return (result.entries ?? result.conversations?.[0]?.entries ?? []).map(({ seq }) => seq);
  };
  expect(await seqs({ type: "sync", cursors: { [conversation]: [1, 0] } })).toEqual([3, 4, 5]);
  expect(await seqs({ type: "sync", cursors: {} })).toEqual([3, 4, 5]);
  expect(await seqs({ type: "history", conversation, after: 0 })).toEqual([3, 4, 5]);
  expect(await seqs({ type: "history", conversation, before: 4 })).toEqual([3]);
});

test("who is blocked does not learn by asking how far the other side has read", async () => {
  const { store, conversations } = await storeWith([[1, 1]]);
  const [conversation = ""] = conversations;
  const row = { conversation, role: "member", ranges: [[1]] } as const;
  store.putRow("friend 0", { ...row, peer: "alice", blocking: true, readSeq: 2 });
  store.putRow("alice", { ...row, peer: "friend 0", blocked: true });
  const frame = request({ type: "receipts", id: "r1", conversation });
  expect(await answerCommand(depsOf(store), frame, signal)).toMatchObject({ error: { code: "blocked" } });
  expect(await ask(store, { type: "sync", cursors: {} })).toMatchObject({
    conversations: [{ conversation, receipts: [] }],
  });
});

test("history in pages of any size, in either direction, is the whole log", async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: LIMITS.bodyBytes - 2 }), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.integer({ min: 1, max: 100 }),
      fc.boolean(),
      async (bodies, limit, forward) => {
        const { store, conversations } = await storeWith([bodies]);
        const [conversation] = conversations;
        let seqs: number[] = [];
        for (let page = 0; page < 100; page++) {
          const edge = forward ? { after: seqs.at(-1) ?? 0 } : { before: seqs[0] ?? bodies.length + 1 };
          const result = v.parse(
            HistoryResult,
            await ask(store, { type: "history", conversation, limit, ...edge }),
          );
          const found = result.entries.map(({ seq }) => seq);
          seqs = forward ? [...seqs, ...found] : [...found, ...seqs];
          if (!result.more) break;
        }
        expect(seqs).toEqual(bodies.map((_, index) => index + 1));
      },
    ),
    { numRuns: 60 },
  );
});

test("a store that fails is a temporary error of that request, with its id", async () => {
  const { store } = await storeWith([[1]]);
  const failing = {
    ...depsOf(store),
    inbox: new MemoryInbox(store, () => Promise.reject(new Error("down"))),
  };
  const answer = await answerCommand(failing, request({ type: "sync", id: "r9", cursors: {} }), signal);
  expect(answer).toMatchObject({ type: "reply", id: "r9", error: { code: "unavailable", temporary: true } });
});

test.each<[string, object | string, Partial<Request>, Partial<ServerFrame>]>([
  [
    "a frame of an expired token",
    { type: "ping" },
    { receivedAtMs: 10_000 },
    { error: { code: "unauthenticated" } } as never,
  ],
  [
    "a message that is not text",
    { type: "ping" },
    { text: undefined },
    { error: { code: "malformed" } } as never,
  ],
  [
    "a send that lost its way",
    { type: "send", to: { user: "bob" }, entries: [{ id: "e1", kind: "x.a", body: 1 }] },
    {},
    { ids: ["e1"] } as never,
  ],
])("%s is answered with an error", async (_, frame, over, expected) => {
  const { store } = await storeWith([]);
  const answer = await answerCommand(depsOf(store), request(frame, over), signal);
  expect(answer).toMatchObject({ type: "error", ...expected });
});
