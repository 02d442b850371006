import { describe, expect, test } from "vitest";
import { conversationRate } from "../../../functions/core/commit/conversation-rate.ts";
import { frameDigest } from "../../../functions/core/commit/dedup-window.ts";
import { paceLeft } from "../../../functions/core/commit/plan.ts";
import { directConversationId } from "../../../functions/core/log/conversation-id.ts";
import type { Head } from "../../../functions/ports/conversation-log.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import { published } from "../../support/frames.ts";
import { textEntry } from "../support/logs.ts";
import { controlFrame, directConversation, NOW_MS, plan, withHead, withTail } from "../support/planning.ts";

const existing = directConversation(5);
const stranger = () => published({ sender: { user: "mallory", connection: "m" }, to: undefined });
const fromBob = () => published({ sender: { user: "bob", connection: "bob-1" }, to: { user: "alice" } });
const digests = (frames: readonly PublishedFrame[]) => frames.map(({ frame }) => frameDigest(frame));
const MINUTE_MS = 60_000;

describe("where a conversation begins", () => {
  test("the first frame to a peer creates the conversation with both as members", () => {
    const { write } = plan({ frames: [published({ texts: ["a", "b"] })] });
    expect(write?.before).toBeUndefined();
    expect(write?.transaction?.members.map(({ user }) => user)).toEqual(["alice", "bob"]);
    expect(write?.transaction?.segments.map(({ entries }) => entries.map(({ seq }) => seq))).toEqual([
      [1, 2],
    ]);
  });

  test("a note to oneself has one member", () => {
    const conversation = directConversationId("alice", "alice");
    const frame = published({ conversation, to: { user: "alice" } });
    expect(plan({ conversation, frames: [frame] }).write?.transaction?.members).toEqual([
      { user: "alice", role: "member", ranges: [[1]], spoken: true },
    ]);
  });

  test("a frame to a conversation that does not exist is refused, whatever it claims", () => {
    const frames = [published({ to: undefined }), published({ to: { user: "carol" } })];
    const { decisions, write } = plan({ frames });
    expect(decisions.map(({ outcomes }) => outcomes)).toEqual([
      [{ refused: "not_found" }],
      [{ refused: "not_found" }],
    ]);
    expect(write).toBeUndefined();
  });

  test("a stranger is refused as if there were no conversation", () => {
    expect(plan({ view: existing, frames: [stranger()] }).decisions[0]?.outcomes).toEqual([
      { refused: "not_found" },
    ]);
  });
});

test("each frame of a batch is decided on the state that the frames before it left", () => {
  const frames = [published({ to: undefined }), published(), published({ to: undefined })];
  const { decisions, write } = plan({ frames });
  expect(decisions.map(({ origin }) => origin)).toEqual(["refused", "appended", "appended"]);
  expect(write?.after.head.decided.map(({ outcomes }) => outcomes)).toEqual([
    [{ refused: "not_found" }],
    [{ seq: 1 }],
    [{ seq: 2 }],
  ]);
});

test("a writer whose clock is ahead takes the time at which the frame was received", () => {
  const frame = published({ receivedAtMs: NOW_MS });
  const { write } = plan({ view: existing, frames: [frame], nowMs: NOW_MS + 60 * MINUTE_MS });
  expect(write?.appended.map(({ sentAtMs }) => sentAtMs)).toEqual([NOW_MS]);
});

test("time in a log never runs backwards, nor ahead of now", () => {
  const frames = [900, 400, NOW_MS + 60_000].map((receivedAtMs) => published({ receivedAtMs }));
  const { write } = plan({ view: existing, frames });
  expect(write?.appended.map(({ sentAtMs }) => sentAtMs)).toEqual([900, 900, NOW_MS]);
});

describe("the deduplication window", () => {
  test("a frame that was refused for now lands when the same frame comes again and there is room", () => {
    const full = withHead(existing, { bucket: { tokens: 5, pace: 10, atMs: NOW_MS } });
    const [many, one] = [published({ texts: Array(25).fill("an import") }), published()];
    const { decisions, write } = plan({ view: full, frames: [many, one] });
    expect(decisions.map(({ origin }) => origin)).toEqual(["refused", "appended"]);
    const again = plan({ view: write?.after, frames: [many], nowMs: NOW_MS + 1_000 });
    expect(again.decisions.map(({ origin }) => origin)).toEqual(["appended"]);
  });

  test("a refused frame stays refused when it is redelivered after the state changed in its favour", () => {
    const frames = [published({ to: undefined }), published()];
    const view = plan({ frames }).write?.after;
    const again = plan({ view, frames });
    expect(again.decisions.map(({ origin, outcomes }) => [origin, outcomes])).toEqual([
      ["decided", [{ refused: "not_found" }]],
      ["decided", [{ seq: 1 }]],
    ]);
    expect(again.write).toBeUndefined();
  });

  test("what was decided without a write is recorded by the next one, in order", () => {
    const unrecorded = [{ frame: "earlier", outcomes: [{ refused: "not_found" as const }] }];
    const frames = [stranger(), published()];
    const { write } = plan({ view: existing, frames, unrecorded });
    expect(write?.after.head.decided.map(({ frame }) => frame)).toEqual(["earlier", ...digests(frames)]);
  });

  test("a direct writer adds nothing to it", () => {
    const decided = [{ frame: "earlier", outcomes: [{ seq: 5 }] }];
    const view = withHead(existing, { decided, queuedUntilMs: NOW_MS });
    const { write } = plan({ view, source: "direct", frames: [published({ seen: 0 })] });
    expect(write?.after.head.decided).toEqual(decided);
  });

  test("a direct writer drops it half an hour after the queue has written last, and not earlier", () => {
    const decided = [{ frame: "earlier", outcomes: [{ seq: 5 }] }];
    const headAfter = (quietMs: number) => {
      const view = withHead(existing, { decided, queuedUntilMs: NOW_MS - quietMs });
      return plan({ view, source: "direct", frames: [published({ seen: 0 })] }).write?.after.head;
    };
    expect(headAfter(30 * MINUTE_MS - 1)).toMatchObject({ decided, queuedUntilMs: expect.any(Number) });
    expect(headAfter(30 * MINUTE_MS)?.decided).toEqual([]);
    expect(headAfter(30 * MINUTE_MS)).not.toHaveProperty("queuedUntilMs");
  });

  test("the queue notes that it is busy with a batch, or with a conversation that has had many writes", () => {
    const lone = [published({ seen: 0 })];
    const batch = [...lone, published({ seen: 0 })];
    const noted = (head: Partial<Head>, input: Partial<Parameters<typeof plan>[0]>) =>
      plan({ view: withHead(existing, head), ...input }).write?.after.head.queuedUntilMs;
    expect(noted({}, { frames: batch })).toBe(NOW_MS + 2_000);
    // The time of its last write, from which the window is kept.
    expect(noted({}, { frames: lone })).toBe(NOW_MS);
    const bucket = { tokens: 100, pace: 5, atMs: NOW_MS };
    expect(noted({ bucket }, { frames: lone })).toBe(NOW_MS + 2_000);
    expect(noted({}, { frames: lone, source: "direct" })).toBeUndefined();
  });
});

describe("repeats", () => {
  const known = (sender: string, id: string) => (sender === "alice" && id === "old" ? 3 : undefined);
  const old = { id: "old", kind: "text" as const, body: { text: "x" } };
  const repeat = (over: Partial<PublishedFrame> = {}) => published({ seen: [1, 2], entries: [old], ...over });

  test("a resend is recognised by its entry ids, in the log or in the same batch", () => {
    const original = published({ seen: [1, 5], texts: ["a", "b"] });
    const frames = [original, { ...original, frame: "again" }, repeat()];
    const { decisions, write } = plan({ view: existing, frames, repeatOf: known });
    expect(decisions.map(({ origin }) => origin)).toEqual(["appended", "repeated", "repeated"]);
    expect(decisions[1]?.outcomes).toEqual([{ seq: 6 }, { seq: 7 }]);
    expect(decisions[2]?.outcomes).toEqual([{ seq: 3 }]);
    expect(write?.appended).toHaveLength(2);
  });

  test("another sender's entry with the same id is another entry", () => {
    const mine = published({ seen: [1, 5] });
    const theirs = { ...mine, frame: "theirs", sender: fromBob().sender, to: undefined };
    expect(plan({ view: existing, frames: [mine, theirs] }).write?.appended).toHaveLength(2);
  });

  test("a frame whose `seen` is too far back is stale, not guessed at", () => {
    const frame = published({ seen: [1, 1] });
    const { decisions } = plan({ view: existing, frames: [frame], stale: new Set([frame.frame]) });
    expect(decisions[0]?.outcomes).toEqual([{ refused: "stale" }]);
  });

  test("a resend takes tokens like new entries, by a write that appends nothing", () => {
    const { write } = plan({ view: existing, frames: [repeat()], repeatOf: known });
    expect(write?.appended).toEqual([]);
    expect(write?.transaction).toBeUndefined();
    expect(write?.after.head.bucket?.tokens).toBe(conversationRate(2).burst - 1);
  });

  test("a resend is refused when the conversation takes no more", () => {
    const view = withHead(existing, { bucket: { tokens: 0.5, pace: 0, atMs: NOW_MS } });
    const { decisions, write } = plan({ view, frames: [repeat()], repeatOf: known });
    expect(decisions[0]?.outcomes).toEqual([{ refused: "rate_limited" }]);
    expect(write).toBeUndefined();
  });

  test("what the queue redelivers takes no tokens, not even when there are none", () => {
    const frame = published({ texts: ["a"] });
    const before = plan({ view: existing, frames: [frame] }).write?.after;
    if (before === undefined) throw new Error("a text is appended");
    const view = withHead(before, { bucket: { tokens: 0, pace: 0, atMs: NOW_MS } });
    const { decisions, write } = plan({ view, frames: [frame] });
    expect(decisions).toMatchObject([{ origin: "decided", outcomes: [{ seq: 6 }] }]);
    expect(write).toBeUndefined();
  });

  test("a resend of a sender who was removed or blocked meanwhile is acknowledged", () => {
    for (const changed of [{ ranges: [[1, 4] as const] }, { blocked: true }]) {
      const view = {
        ...existing,
        members: existing.members.map((member) => ({ ...member, ...changed })),
      };
      const { decisions } = plan({ view, frames: [repeat(), published()], repeatOf: known });
      expect(decisions.map(({ outcomes: [outcome] }) => outcome)).toEqual([
        { seq: 3 },
        { refused: changed.blocked ? "blocked" : "not_a_member" },
      ]);
    }
  });

  test("a resend of which the rest is refused counts as a resend: its entries may not have been pushed", () => {
    const missing = { id: "r", kind: "reaction" as const, body: { of: 99, key: "x" } };
    const frames = [repeat({ entries: [old, missing] })];
    const { decisions, write } = plan({ view: existing, frames, repeatOf: known });
    expect(decisions).toMatchObject([
      { origin: "repeated", outcomes: [{ seq: 3 }, { refused: "not_found" }] },
    ]);
    expect(write?.after.head.bucket?.tokens).toBe(conversationRate(2).burst - 2);
  });
});

describe("tokens", () => {
  const left = (frames: readonly PublishedFrame[], view = existing) =>
    plan({ view, frames }).write?.after.head.bucket;

  test("a write stores the tokens that its last frame left", () => {
    const frames = [published({ texts: ["a", "b"] }), published({ texts: ["c"] })];
    const { burst } = conversationRate(2);
    expect([left(frames.slice(0, 1))?.tokens, left(frames)?.tokens]).toEqual([burst - 2, burst - 3]);
  });

  test("a large text takes as many as several small ones", () => {
    expect(left([published({ texts: ["x".repeat(16_000)] })])?.tokens).toBe(conversationRate(2).burst - 4);
  });

  test("a frame of which nothing is appended takes no tokens from the frames after it", () => {
    const nothing = published({ entries: [{ id: "r", kind: "reaction", body: { of: 99, key: "x" } }] });
    const frames = [nothing, published({ texts: ["a"] })];
    expect(plan({ view: existing, frames }).decisions.map(({ origin }) => origin)).toEqual([
      "refused",
      "appended",
    ]);
    expect(left(frames)?.tokens).toBe(conversationRate(2).burst - 1);
  });

  test("writes take the pace of a conversation, which comes back at ten a second", () => {
    const bucket = left([published({ texts: ["a", "b"] }), published()]);
    expect(bucket?.pace).toBe(8);
    expect(paceLeft(bucket, NOW_MS + 100)).toBe(9);
    expect(paceLeft(undefined, NOW_MS)).toBe(10);
    const tired = withHead(existing, { bucket: { tokens: 100, pace: 0, atMs: NOW_MS } });
    expect(left([published()], tired)?.pace).toBe(0);
  });
});

describe("the events of entries", () => {
  const announced = (source: "queue" | "direct", announcedSeq: number | undefined, frame = published()) =>
    plan({ view: withHead(existing, { announcedSeq }), source, frames: [frame] }).write?.after.head
      .announcedSeq;

  test("the queue is certain to publish those of its own entries", () => {
    expect(announced("queue", 3)).toBe(6);
  });

  test("a direct writer is certain of those before its own only", () => {
    expect(announced("direct", 3, published({ seen: 0 }))).toBe(5);
    expect(announced("direct", undefined, published({ seen: 0 }))).toBe(5);
  });
});

describe("controls", () => {
  test("a block between texts is in one write with them, which records all three frames", () => {
    const frames = [published(), controlFrame("block"), published()];
    const { write, decisions } = plan({ view: existing, frames });
    expect(decisions.map(({ origin }) => origin)).toEqual(["appended", "applied", "appended"]);
    expect(write?.appended.map(({ seq }) => seq)).toEqual([6, 7]);
    expect(write?.after.head.decided.map(({ frame }) => frame)).toEqual(digests(frames));
    expect(write?.transaction?.members).toEqual([
      { user: "alice", role: "member", ranges: [[1]], spoken: true },
      { user: "bob", role: "member", ranges: [[1]], spoken: true, blocked: true },
    ]);
  });

  test("a blocked user is refused from the block on, in the same batch", () => {
    const frames = [fromBob(), controlFrame("block"), fromBob(), controlFrame("unblock"), fromBob()];
    const { decisions } = plan({ view: existing, frames });
    expect(decisions.map(({ outcomes: [outcome] }) => outcome)).toEqual([
      { seq: 6 },
      { seq: 6 },
      { refused: "blocked" },
      { seq: 6 },
      { seq: 7 },
    ]);
  });

  test("a refusal before a block is recorded with the block", () => {
    const { write } = plan({ view: existing, frames: [stranger(), controlFrame("block")] });
    expect(write?.after.head.decided.map(({ outcomes }) => outcomes)).toEqual([
      [{ refused: "not_found" }],
      [{ seq: 5 }],
    ]);
  });

  test("a block of a user one never wrote to makes the conversation, without an entry", () => {
    const { write } = plan({ frames: [controlFrame("block")] });
    expect([write?.before, write?.appended]).toEqual([undefined, []]);
    expect(write?.transaction?.members.map(({ user }) => user)).toEqual(["alice", "bob"]);
    expect(write?.after.head.lastSeq).toBe(0);
  });

  test("the first entry after a block changes the rows of both", () => {
    const view = plan({ frames: [controlFrame("block")] }).write?.after;
    const { write } = plan({ view, frames: [published()] });
    expect(write?.appended.map(({ seq }) => seq)).toEqual([1]);
    expect(write?.transaction?.members.map(({ user }) => user)).toEqual(["alice", "bob"]);
  });

  test("nobody blocks themselves, nor through another's conversation", () => {
    expect(plan({ view: existing, frames: [controlFrame("block", { to: { user: "carol" } })] }).write).toBe(
      undefined,
    );
    const intruding = controlFrame("block", { sender: stranger().sender });
    expect(plan({ view: existing, frames: [intruding] }).decisions[0]?.outcomes).toEqual([
      { refused: "not_found" },
    ]);
    const conversation = directConversationId("alice", "alice");
    const oneself = controlFrame("block", { conversation, to: { user: "alice" } });
    expect(plan({ conversation, frames: [oneself] }).decisions[0]?.outcomes).toEqual([
      { refused: "conflict" },
    ]);
  });
});

describe("the preview", () => {
  const previewAfter = (frame: PublishedFrame, over: Partial<Head> = {}) => {
    const view = withHead(
      withTail(existing, 1, () => ({ body: { text: "six" } })),
      over,
    );
    return plan({ view, frames: [frame] }).write?.after.head.preview;
  };
  const ofSix = { seq: 6, sender: "alice", kind: "text", sentAtMs: 6, text: "six" };
  const rewriting = (kind: "edit" | "delete", body: object) =>
    published({ entries: [{ id: "r", kind, body } as PublishedFrame["entries"][number]] });

  test("is of the newest entry that rewrites no other", () => {
    expect(previewAfter(published({ texts: ["seven"] }))).toMatchObject({ seq: 7, text: "seven" });
    const reaction = published({ entries: [{ id: "r", kind: "reaction", body: { of: 6, key: "x" } }] });
    expect(previewAfter(reaction, { preview: ofSix })).toEqual(ofSix);
  });

  test("changes with its entry", () => {
    const preview = ofSix;
    expect(previewAfter(rewriting("edit", { of: 6, text: "new" }), { preview })).toEqual({
      ...ofSix,
      text: "new",
    });
    expect(previewAfter(rewriting("delete", { of: 6 }), { preview })).not.toHaveProperty("text");
  });
});

test("an edit takes no text from an entry that has the seq of an edit which a restored table has lost", () => {
  const view = withTail(existing, 2, (seq) => (seq === 6 ? { editSeq: 7, editedAtMs: 1 } : {}));
  const edit = published({ entries: [{ id: "r", kind: "edit", body: { of: 6, text: "new" } }] });
  const { write } = plan({ view, frames: [edit] });
  const [edited, other] = write?.after.head.tail ?? [];
  expect(edited).toMatchObject({ body: { text: "new" }, editSeq: 8 });
  expect(other).toEqual(textEntry(7));
});

test("an entry that a member cannot read is not found, wherever it is", () => {
  const view = {
    ...withTail(existing, 1),
    members: existing.members.map((member) => ({ ...member, ranges: [[7] as const] })),
  };
  const reactions = [3, 6].map((of) =>
    published({ entries: [{ id: `r${of}`, kind: "reaction", body: { of, key: "x" } }] }),
  );
  const stored = (seq: number) => ({ entries: [textEntry(seq)] });
  const { decisions } = plan({ view, frames: reactions, stored });
  expect(decisions.map(({ outcomes }) => outcomes)).toEqual([
    [{ refused: "not_found" }],
    [{ refused: "not_found" }],
  ]);
});
