import { expect, test } from "vitest";
import { DirectWriter } from "../../../functions/core/commit/direct.ts";
import { initialMembers, newConversation } from "../../../functions/core/commit/new-conversation.ts";
import type { ServerFrame } from "../../../protocol/index.ts";
import { ALICE_BOB, published } from "../../support/frames.ts";
import {
  MemoryInbox,
  MemoryLeases,
  MemoryLog,
  MemoryStore,
  noMetrics,
  silent,
} from "../../support/memory-ports.ts";
import { MemoryPresenceTopic } from "../../support/memory-presence.ts";

const signal = new AbortController().signal;
const NOW_MS = 1_000_000;

test("a resend is pushed although the rest of its frame is refused again", async () => {
  const store = new MemoryStore();
  const members = initialMembers(["alice", "bob"]);
  const { head } = newConversation({
    kind: "direct",
    members,
    epoch: 1,
    nowMs: 0,
    retentionSeconds: undefined,
  });
  const first = { seq: 1, id: "first", sender: "bob", kind: "text", body: { text: "first" }, sentAtMs: 1 };
  store.heads.set(ALICE_BOB, { ...head, lastSeq: 1, tail: [first], updatedAtMs: 1 });
  for (const member of members) store.putMember(ALICE_BOB, member);
  const leases = new MemoryLeases(store);
  const lease = { connection: "bob-1", device: undefined, connectedAtMs: NOW_MS, expiresAtMs: 2 * NOW_MS };
  await leases.put("bob", lease);

  const pushed: ServerFrame[] = [];
  const writer = (post: (frame: ServerFrame) => Promise<"sent">) =>
    new DirectWriter({
      log: new MemoryLog(store),
      inbox: new MemoryInbox(store),
      leases,
      connections: { post: (_, frame) => post(frame), close: () => Promise.resolve() },
      outbound: { publish: () => Promise.resolve(), announce: () => Promise.resolve([]) },
      presence: new MemoryPresenceTopic(),
      events: new Set(),
      epochFloor: 1,
      headBytes: 1024,
      retentionSeconds: undefined,
      now: () => NOW_MS,
      logger: silent,
      metrics: noMetrics,
    });
  const [text] = published().entries;
  if (text === undefined) throw new Error("a frame has entries");
  const edit = { id: "edit", kind: "edit" as const, body: { of: 99, text: "of nothing" } };
  const frame = published({ seen: [1, 1], entries: [text, edit], receivedAtMs: NOW_MS });

  const dies = () => Promise.reject(new Error("the environment is gone"));
  expect(await writer(dies).write(frame, signal)).toBeUndefined();
  expect(store.entries(ALICE_BOB).map(({ seq }) => seq)).toEqual([1, 2]);

  const works = async (sent: ServerFrame) => {
    pushed.push(sent);
    return "sent" as const;
  };
  const answer = await writer(works).write({ ...frame, frame: "resent" }, signal);
  expect(answer).toMatchObject({ type: "ack", entries: [{ id: text.id, seq: 2 }] });
  const entries = pushed.flatMap((sent) => (sent.type === "entries" ? sent.entries : []));
  expect(entries.map(({ id }) => id)).toEqual([text.id]);
});
