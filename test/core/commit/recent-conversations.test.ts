import { expect, test } from "vitest";
import { RecentConversations } from "../../../functions/core/commit/recent-conversations.ts";
import { directConversation } from "../support/planning.ts";

const view = directConversation(5, { announcedSeq: 2 });

test("a conversation is remembered for two seconds, or until it is forgotten", () => {
  const recent = new RecentConversations();
  recent.put("c", view, 1_000);
  expect([recent.get("c", 2_999), recent.get("c", 3_000), recent.get("other", 1_000)]).toEqual([
    view,
    undefined,
    undefined,
  ]);
  recent.forget("c");
  expect(recent.get("c", 1_000)).toBeUndefined();
});

test("that events are published is noted of the entry that is remembered as the last, and of no other", () => {
  const recent = new RecentConversations();
  recent.put("c", view, 1_000);
  recent.announced("c", 4);
  expect(recent.get("c", 1_000)).toEqual(view);
  recent.announced("c", 5);
  expect(recent.get("c", 1_000)).toEqual({ ...view, head: { ...view.head, announcedSeq: 5 } });
  expect(recent.get("c", 3_000)).toBeUndefined();
  recent.announced("other", 5);
  expect(recent.get("other", 1_000)).toBeUndefined();
});

test("a conversation of which only some members are known is not remembered", () => {
  const recent = new RecentConversations();
  recent.put("c", { ...view, complete: false }, 1_000);
  expect(recent.get("c", 1_000)).toBeUndefined();
});

test("a thousand conversations are remembered; those written longest ago are forgotten", () => {
  const recent = new RecentConversations();
  for (let number = 0; number <= 1_000; number++) recent.put(`c${number}`, view, 1_000);
  expect([0, 1, 1_000].map((number) => recent.get(`c${number}`, 1_000)?.head.lastSeq)).toEqual([
    undefined,
    5,
    5,
  ]);
});
