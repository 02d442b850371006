import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { expect, test } from "vitest";
import { headItem, type Item, segmentItem } from "../../../../../functions/adapters/dynamodb/items.ts";
import { inboxKey, userKey } from "../../../../../functions/adapters/dynamodb/keys.ts";
import { walkTable } from "../../../../../ops/doctor/heads/table/table-walk.ts";
import { headAt, texts, version } from "../../../support/conversations.ts";

/** Returns a client whose scan has these pages. */
function scanned(pages: readonly (readonly Item[])[]): DynamoDBDocumentClient {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: "eu-central-1" }));
  let page = 0;
  const send = async () => {
    const Items = pages[page];
    page += 1;
    return { Items, ...(page < pages.length && { LastEvaluatedKey: { page } }) };
  };
  return Object.assign(client, { send });
}

test("a conversation is complete when the next one begins, also across pages", async () => {
  const head = (conversation: string) => headItem(conversation, headAt(9, 4, 5));
  const segment = segmentItem("c1", { entries: texts(1, 3), headVersion: version(7) });
  const inbox = (ranges: unknown) => ({ ...inboxKey("alice", "c1"), role: "member", ranges });
  const pages = [
    [head("c1")],
    [segment, userKey("alice") as unknown as Item, inbox([[1]]), head("c2")],
    [inbox([[1, 4]])],
  ];
  const seen: [string, number][] = [];
  const memberships: unknown[] = [];
  for await (const page of walkTable(scanned(pages), "table", new AbortController().signal)) {
    for (const items of page.conversations) {
      seen.push([items.conversation, items.stored(new Map()).segments.length]);
    }
    memberships.push(...page.memberships);
  }
  expect(seen).toEqual([
    ["c1", 1],
    ["c2", 0],
  ]);
  // Of a former member no member row is needed.
  expect(memberships).toEqual([{ user: "alice", conversation: "c1" }]);
});
