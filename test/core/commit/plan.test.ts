import { expect, test } from "vitest";
import { conversationRate } from "../../../functions/core/commit/conversation-rate.ts";
import { initialMembers, newConversation } from "../../../functions/core/commit/conversation-state.ts";
import { frameDigest } from "../../../functions/core/commit/dedup-window.ts";
import { type PlanInput, planBatch } from "../../../functions/core/commit/plan.ts";
import { directConversationId } from "../../../functions/core/log/conversation-id.ts";
import type { Conversation } from "../../../functions/ports/conversation-log.ts";
import { ALICE_BOB, published } from "../../support/frames.ts";

const NOW_MS = 1_000_000;

function plan(over: Partial<PlanInput>) {
  const { decisions, writes } = planBatch({
    conversation: ALICE_BOB,
    view: undefined,
    frames: [],
    stale: new Set(),
    repeatOf: () => undefined,
    stored: () => undefined,
    blocks: new Set(),
    retentionSeconds: undefined,
    nowMs: NOW_MS,
    epochFloor: 1,
    ...over,
  });
  return { decisions, writes, segments: writes.flatMap(({ segment }) => segment ?? []) };
}

/** Alice and Bob with `lastSeq` entries behind them. */
function existing(lastSeq = 5): Conversation {
  const people = initialMembers(["alice", "bob"]);
  const begun = { kind: "direct" as const, members: people, epoch: 1, nowMs: 0, retentionSeconds: undefined };
  const { head, members } = newConversation(begun);
  return { head: { ...head, lastSeq, updatedAtMs: 500 }, members, complete: true };
}

test("the first frame to a peer creates the conversation with both as members", () => {
  const { writes, segments } = plan({ frames: [published({ texts: ["a", "b"] })] });
  expect(writes[0]?.creates).toBe(true);
  expect(writes[0]?.members.map(({ user }) => user)).toEqual(["alice", "bob"]);
  expect(segments).toHaveLength(1);
  expect(segments[0]?.entries.map(({ seq }) => seq)).toEqual([1, 2]);
});

test("a note to oneself has one member", () => {
  const conversation = directConversationId("alice", "alice");
  const frame = published({ conversation, to: { user: "alice" } });
  expect(plan({ conversation, frames: [frame] }).writes[0]?.members).toEqual([
    { user: "alice", role: "member", ranges: [[1]] },
  ]);
});

test("a frame to a conversation that does not exist is refused, whatever it claims", () => {
  const frames = [published({ to: undefined }), published({ to: { user: "carol" } })];
  const { decisions, segments } = plan({ frames });
  expect(decisions.map(({ outcomes }) => outcomes)).toEqual([
    [{ refused: "not_found" }],
    [{ refused: "not_found" }],
  ]);
  expect(segments).toEqual([]);
});

test("a stranger is refused as if there were no conversation", () => {
  const frame = published({ sender: { user: "mallory", connection: "m" }, to: undefined });
  expect(plan({ view: existing(), frames: [frame] }).decisions[0]?.outcomes).toEqual([
    { refused: "not_found" },
  ]);
});

test("each frame of a batch is decided on the state that the frames before it left", () => {
  const frames = [published({ to: undefined }), published(), published({ to: undefined })];
  const { decisions, segments } = plan({ frames });
  expect(decisions.map(({ origin }) => origin)).toEqual(["refused", "appended", "appended"]);
  expect(segments[0]?.decided.map(({ outcomes }) => outcomes)).toEqual([
    [{ refused: "not_found" }],
    [{ seq: 1 }],
    [{ seq: 2 }],
  ]);
});

test("a refused frame stays refused when it is redelivered after the state changed in its favour", () => {
  const refused = published({ to: undefined });
  const creating = published();
  const first = plan({ frames: [refused, creating] });
  const view = first.writes[0]?.after;

  const again = plan({ view, frames: [refused, creating] });
  expect(again.decisions.map(({ origin, outcomes }) => [origin, outcomes])).toEqual([
    ["decided", [{ refused: "not_found" }]],
    ["decided", [{ seq: 1 }]],
  ]);
  expect(again.segments).toEqual([]);
});

test("a resend is recognised by its entry ids, in the log or in the same batch", () => {
  const original = published({ seen: [1, 5], texts: ["a", "b"] });
  const resend = { ...original, frame: "again" };
  const later = {
    ...published({ seen: [1, 2] }),
    entries: [{ id: "old", kind: "text" as const, body: { text: "x" } }],
  };
  const repeatOf = (sender: string, id: string) => (sender === "alice" && id === "old" ? 3 : undefined);
  const { decisions, segments } = plan({ view: existing(), frames: [original, resend, later], repeatOf });
  expect(decisions.map(({ origin }) => origin)).toEqual(["appended", "repeated", "repeated"]);
  expect(decisions[1]?.outcomes).toEqual([{ seq: 6 }, { seq: 7 }]);
  expect(decisions[2]?.outcomes).toEqual([{ seq: 3 }]);
  expect(segments[0]?.entries).toHaveLength(2);
});

test("another sender's entry with the same id is another entry", () => {
  const mine = published({ seen: [1, 5] });
  const theirs = { ...mine, frame: "theirs", sender: { user: "bob", connection: "bob-1" }, to: undefined };
  expect(plan({ view: existing(), frames: [mine, theirs] }).segments[0]?.entries).toHaveLength(2);
});

test("a frame is never split between segments, and a segment has at most 25 entries", () => {
  const texts = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);
  const frames = [
    published({ texts: texts(20) }),
    published({ texts: texts(5) }),
    published({ texts: texts(1) }),
  ];
  const { segments } = plan({ view: existing(0), frames });
  expect(segments.map(({ entries }) => entries.length)).toEqual([25, 1]);
  expect(segments.map(({ decided }) => decided.map(({ frame }) => frame))).toEqual([
    [frames[0], frames[1]].map((frame) => frameDigest(frame?.frame ?? "")),
    [frameDigest(frames[2]?.frame ?? "")],
  ]);
});

test("ten full frames stay under the size of a table item", () => {
  const frames = Array.from({ length: 10 }, () =>
    published({ texts: ["a".repeat(15_000), "b".repeat(15_000)] }),
  );
  const { segments } = plan({ view: existing(0), frames });
  expect(segments.length).toBeGreaterThan(1);
  for (const segment of segments) expect(JSON.stringify(segment).length).toBeLessThan(400_000 * 0.6);
  expect(segments.flatMap(({ entries }) => entries.map(({ seq }) => seq))).toEqual(
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
});

test("time in a log never runs backwards, nor ahead of now", () => {
  const frames = [900, 400, NOW_MS + 60_000].map((receivedAtMs) => published({ receivedAtMs }));
  const { segments } = plan({ view: existing(), frames });
  expect(segments[0]?.entries.map(({ sentAtMs }) => sentAtMs)).toEqual([900, 900, NOW_MS]);
});

test("a frame whose `seen` is too far back is stale, not guessed at", () => {
  const frame = published({ seen: [1, 1] });
  const { decisions } = plan({ view: existing(), frames: [frame], stale: new Set([frame.frame]) });
  expect(decisions[0]?.outcomes).toEqual([{ refused: "stale" }]);
});

test("a write stores the tokens that its last frame left", () => {
  const frames = [published({ texts: ["a", "b"] }), published({ texts: ["c"] })];
  const [first, second] = [
    plan({ view: existing(), frames: frames.slice(0, 1) }),
    plan({ view: existing(), frames }),
  ];
  const left = ({ writes }: ReturnType<typeof plan>) => writes.at(-1)?.after.head.bucket?.tokens;
  const { burst } = conversationRate(2);
  expect([left(first), left(second)]).toEqual([burst - 2, burst - 3]);
});

test("a frame of which nothing is appended takes no tokens from the frames after it", () => {
  const nothing = published({ entries: [{ id: "r", kind: "reaction", body: { of: 99, key: "x" } }] });
  const { decisions, writes } = plan({ view: existing(), frames: [nothing, published({ texts: ["a"] })] });
  expect(decisions.map(({ origin }) => origin)).toEqual(["refused", "appended"]);
  expect(writes.at(-1)?.after.head.bucket?.tokens).toBe(conversationRate(2).burst - 1);
});
