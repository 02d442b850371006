import { type DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";
import type { Item } from "../../../../functions/adapters/dynamodb/items.ts";
import { inboxRowOf } from "../../../../functions/adapters/dynamodb/items.ts";
import { conversationPk, INBOX_PREFIX, userPk } from "../../../../functions/adapters/dynamodb/keys.ts";
import { isOpen } from "../../../../functions/core/log/readable-ranges.ts";
import { ConversationItems } from "./conversation-items.ts";

/** A conversation that a user's inbox row says they are a member of. */
export interface Membership {
  readonly user: string;
  readonly conversation: string;
}

/** Conversations and memberships that one page of a scan completes. */
export interface WalkPage {
  readonly conversations: readonly ConversationItems[];
  readonly memberships: readonly Membership[];
}

/**
 * Scans a table, a page at a time. Items of a partition come together, so no more than a page and the facts of one
 * conversation are in memory. The scan is eventually consistent, at half the price: whatever it shows to be wrong is read
 * again.
 */
export async function* walkTable(
  client: DynamoDBDocumentClient,
  table: string,
  signal: AbortSignal,
): AsyncGenerator<WalkPage> {
  let current: ConversationItems | undefined;
  for await (const { Items = [] } of paginateScan(
    { client },
    { TableName: table },
    { abortSignal: signal },
  )) {
    const conversations: ConversationItems[] = [];
    const memberships: Membership[] = [];
    for (const item of Items) {
      const conversation = idIn(item.pk, conversationPk(""));
      if (conversation === undefined) memberships.push(...membershipOf(item));
      else {
        if (current !== undefined && current.conversation !== conversation) conversations.push(current);
        if (current?.conversation !== conversation) current = new ConversationItems(conversation);
        current.add(item);
      }
    }
    yield { conversations, memberships };
  }
  if (current !== undefined) yield { conversations: [current], memberships: [] };
}

function membershipOf(item: Item): Membership[] {
  const user = idIn(item.pk, userPk(""));
  if (user === undefined || idIn(item.sk, INBOX_PREFIX) === undefined) return [];
  const { conversation, ranges } = inboxRowOf(item);
  return isOpen(ranges ?? []) ? [{ user, conversation }] : [];
}

function idIn(key: unknown, prefix: string): string | undefined {
  return typeof key === "string" && key.startsWith(prefix) ? key.slice(prefix.length) : undefined;
}
