import type { TransactWriteCommandInput, UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import { peerOf } from "../../core/log/conversation-id.ts";
import type { Change, Head, Member } from "../../ports/conversation-log.ts";
import { headAttributes, headItem, segmentItem } from "./items.ts";
import { headKey, inboxKey, type Key, memberKey, segmentKey } from "./keys.ts";

type Action = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];
type Update = Required<Pick<UpdateCommandInput, "TableName" | "Key">> &
  Omit<UpdateCommandInput, "TableName" | "Key"> & { UpdateExpression: string };

const ABSENT = "attribute_not_exists(pk)";
const FORWARD = "#lastSeq <= :lastSeq";
/**
 * Without a segment, no seq is taken that would reveal a late write of a frame already decided; the version reveals
 * it.
 */
const NEWER_MEMBERS = `${FORWARD} AND #membersVersion < :membersVersion`;

/** Builds the actions of one transaction. Rows are updated, not put: they hold more attributes than `commit` knows. */
export function changeActions(table: string, conversation: string, change: Change): Action[] {
  const { creates, head, segment, members, rewritten } = change;
  const headAction: Action = creates
    ? { Put: { TableName: table, Item: headItem(conversation, head), ConditionExpression: ABSENT } }
    : { Update: headUpdate(table, conversation, head, segment ? FORWARD : NEWER_MEMBERS) };
  const logEndAction: Action = segment
    ? { Put: { TableName: table, Item: segmentItem(conversation, segment), ConditionExpression: ABSENT } }
    : {
        ConditionCheck: {
          TableName: table,
          Key: { ...segmentKey(conversation, head.lastSeq + 1) },
          ConditionExpression: ABSENT,
        },
      };
  return [
    headAction,
    logEndAction,
    ...rewritten.map((other) => ({ Put: { TableName: table, Item: segmentItem(conversation, other) } })),
    ...members.flatMap((member) => rowActions(table, conversation, member, change)),
  ];
}

/** Updates the member row and its copy in the inbox. */
function rowActions(
  table: string,
  conversation: string,
  member: Member,
  { head, members }: Change,
): Action[] {
  const { user, role, ranges, blocked } = member;
  const other = members.find((candidate) => candidate.user !== user);
  const direct = head.kind === "direct" && {
    peer: peerOf(user, members),
    blocking: other?.blocked ?? null,
    silent: head.lastSeq === 0 ? true : null,
  };
  const shared = { role, ranges, blocked: blocked ?? null };
  return [
    { Update: setAttributes(table, memberKey(conversation, user), { user, ...shared }) },
    { Update: setAttributes(table, inboxKey(user, conversation), { ...shared, ...direct }) },
  ];
}

/** Updates the head. `condition` compares the stored head with the new one, `#lastSeq` with `:lastSeq`. */
export function headUpdate(table: string, conversation: string, head: Head, condition: string): Update {
  const { kind: _, createdAtMs: __, ...attributes } = headAttributes(head);
  const { title = null, preview = null, bucket = null } = head;
  const { retentionSeconds = null, keptFromMs = null, shorter = null } = head;
  const all = { ...attributes, title, preview, retentionSeconds, keptFromMs, shorter, bucket };
  return {
    ...setAttributes(table, headKey(conversation), all),
    ConditionExpression: `${condition} AND #epoch <= :epoch`,
  };
}

/** Sets attributes of an existing row. */
export function settingsUpdate(table: string, key: Key, attributes: Record<string, unknown>): Update {
  return { ...setAttributes(table, key, attributes), ConditionExpression: "attribute_exists(pk)" };
}

/** Sets attributes that have a value, removes those that are `null`, and skips those that are `undefined`. */
function setAttributes(table: string, key: Key, attributes: Record<string, unknown>): Update {
  const defined = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const set = defined.filter(([, value]) => value !== null);
  const remove = defined.filter(([, value]) => value === null);
  const clauses = [
    set.length > 0 ? `SET ${set.map(([name]) => `#${name} = :${name}`).join(", ")}` : "",
    remove.length > 0 ? `REMOVE ${remove.map(([name]) => `#${name}`).join(", ")}` : "",
  ];
  return {
    TableName: table,
    Key: { ...key },
    UpdateExpression: clauses.filter((clause) => clause !== "").join(" "),
    ExpressionAttributeNames: Object.fromEntries(defined.map(([name]) => [`#${name}`, name])),
    ...(set.length > 0 && {
      ExpressionAttributeValues: Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
    }),
  };
}
