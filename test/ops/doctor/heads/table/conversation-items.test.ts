import { expect, test } from "vitest";
import {
  headItem,
  type Item,
  SCHEMA,
  segmentItem,
} from "../../../../../functions/adapters/dynamodb/items.ts";
import { memberKey } from "../../../../../functions/adapters/dynamodb/keys.ts";
import { ConversationItems } from "../../../../../ops/doctor/heads/table/conversation-items.ts";
import { textEntry } from "../../../../core/support/logs.ts";
import { ALICE_BOB } from "../../../../support/frames.ts";
import { headAt, texts, version } from "../../../support/conversations.ts";

const head = headItem(ALICE_BOB, headAt(9, 4, 5));
const segment = segmentItem(ALICE_BOB, { entries: texts(1, 3), headVersion: version(7) });
const member = {
  ...memberKey(ALICE_BOB, "alice"),
  schema: SCHEMA,
  user: "alice",
  role: "member",
  ranges: [[1]],
};

function gathered(...items: Item[]): ConversationItems {
  const all = new ConversationItems(ALICE_BOB);
  for (const item of items) all.add(item);
  return all;
}

test("of items as they are stored, head, members and segments are gathered", () => {
  const items = gathered(head, member, segment);
  expect(items.users).toEqual(["alice"]);
  const { head: found, members, segments, unreadable } = items.stored(new Map());
  expect(found).toMatchObject({ version: version(9), lastSeq: 5 });
  expect(members).toEqual([{ user: "alice", role: "member", ranges: [[1]] }]);
  expect(segments.map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq])).toEqual([[1, 3]]);
  expect(unreadable).toEqual([]);
});

test("users whom only the log names count, because their inbox rows must be looked at", () => {
  const tail = [textEntry(4, { kind: "member.add", body: { users: ["carol"] } })];
  const entries = [textEntry(1, { kind: "create", body: { members: ["bob"] } }), ...texts(2, 3)];
  const items = gathered(
    headItem(ALICE_BOB, { ...headAt(9, 4, 4), tail }),
    segmentItem(ALICE_BOB, { entries, headVersion: version(7) }),
  );
  expect(items.users).toEqual(["bob", "alice", "carol"]);
});

test("the facts of a segment hold no text of an edit", () => {
  const entries = [textEntry(1), textEntry(2, { kind: "edit", body: { of: 1, text: "secret" } })];
  const { segments } = gathered(segmentItem(ALICE_BOB, { entries, headVersion: version(7) })).stored(
    new Map(),
  );
  expect(JSON.stringify(segments)).not.toContain("secret");
});

test.each<[string, Item]>([
  ["an unknown schema number", { ...head, schema: SCHEMA + 1 }],
  ["no schema number", { ...segment, schema: undefined }],
  ["a tail that does not parse", { ...head, tail: "[{" }],
  ["a tail with seqs of its own", { ...head, tail: JSON.stringify([textEntry(7)]) }],
  ["a tail that is no list of entries", { ...head, tail: "[{}]" }],
  ["no version", { ...head, version: undefined }],
  ["entries whose times go back", { ...segment, entries: JSON.stringify(texts(1, 3).reverse()) }],
  ["no entries", { ...segment, entries: "[]" }],
  ["no ranges", { ...member, ranges: undefined }],
])("an item with %s is unreadable", (_, item) => {
  expect(gathered(item).stored(new Map()).unreadable).toEqual([item.sk]);
});
