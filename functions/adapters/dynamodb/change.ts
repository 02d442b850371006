import type { PutCommandInput, TransactWriteCommandInput, UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import { peerOf } from "../../core/log/conversation-id.ts";
import { isOpen } from "../../core/log/readable-ranges.ts";
import type { Change, Head, Member, Segment, SeqRange } from "../../ports/conversation-log.ts";
import { headAttributes, headItem, SCHEMA, segmentItem } from "./items.ts";
import { headKey, inboxKey, type Key, memberKey } from "./keys.ts";

type Action = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];
type Update = Required<Pick<UpdateCommandInput, "TableName" | "Key">> &
  Omit<UpdateCommandInput, "TableName" | "Key"> & { UpdateExpression: string };

const ABSENT = "attribute_not_exists(pk)";
/** A lost race tells what has won it. */
const TELL = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

/**
 * Builds the actions of one transaction, the head's first. Rows are updated, not put: they hold more attributes than
 * `commit` knows.
 */
export function changeActions(table: string, conversation: string, change: Change): Action[] {
  const { before, after, segments, members } = change;
  const headAction: Action =
    before === undefined
      ? {
          Put: {
            TableName: table,
            Item: headItem(conversation, after),
            ConditionExpression: ABSENT,
            ...TELL,
          },
        }
      : { Update: headUpdate(table, conversation, before, after) };
  return [
    headAction,
    ...segments.map((segment) => ({ Put: { TableName: table, Item: segmentItem(conversation, segment) } })),
    ...members.flatMap((member) => rowActions(table, conversation, member, change)),
  ];
}

/** Builds the put of a flushed segment: no segment of a newer head is overwritten. */
export function flushPut(table: string, conversation: string, segment: Segment): PutCommandInput {
  return {
    TableName: table,
    Item: segmentItem(conversation, segment),
    ConditionExpression: `${ABSENT} OR #headVersion < :headVersion`,
    ExpressionAttributeNames: { "#headVersion": "headVersion" },
    ExpressionAttributeValues: { ":headVersion": segment.headVersion },
    ...TELL,
  };
}

/**
 * Updates the member row and its copy in the inbox; deletes the row of a former member. A user who becomes a member
 * again is as muted as their inbox row says.
 */
function rowActions(
  table: string,
  conversation: string,
  member: Member,
  { after: head, members, joined, addedBy, erased, earlierRanges }: Change,
): Action[] {
  const { user, role, ranges, blocked, spoken, muted } = member;
  const other = members.find((candidate) => candidate.user !== user);
  const direct = head.kind === "direct" && {
    peer: erased === undefined || erased.user === user ? peerOf(user, members) : erased.tombstone,
    blocking: other?.blocked ?? null,
    peerSpoken: other?.spoken ?? null,
    silent: head.lastSeq === 0 ? true : null,
  };
  const joinedSeq = joined?.get(user);
  const shared = { schema: SCHEMA, role, ranges, blocked: blocked ?? null, spoken: spoken ?? null };
  const key = memberKey(conversation, user);
  const isNew = earlierRanges?.has(user);
  const inboxUpdate = setAttributes(table, inboxKey(user, conversation), {
    ...shared,
    ...direct,
    readSeq: joinedSeq && joinedSeq - 1,
    // Only the rows of members are looked through when the one who added them is erased.
    addedBy: isOpen(ranges) ? addedBy?.get(user) : null,
    ...(erased?.user === user && { erasedSeq: head.lastSeq }),
    changedAtMs: Date.now(),
  });
  return [
    isOpen(ranges)
      ? { Update: setAttributes(table, key, { user, ...shared, ...(isNew && { muted: muted ?? null }) }) }
      : { Delete: { TableName: table, Key: { ...key } } },
    { Update: isNew ? withRanges(inboxUpdate, earlierRanges?.get(user)) : inboxUpdate },
  ];
}

/** Adds the condition that a row still has these ranges, or that there is none. */
function withRanges(update: Update, ranges: readonly SeqRange[] | undefined): Update {
  if (ranges === undefined) return { ...update, ConditionExpression: ABSENT };
  return {
    ...update,
    ConditionExpression: "#ranges = :earlier",
    ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ":earlier": ranges },
  };
}

/** Attributes that a head may lose again. */
const PASSING = [
  "title",
  "titleBy",
  "tail",
  "preview",
  "decided",
  "flushDue",
  "queuedUntilMs",
  "announcedSeq",
  "vacatedAtMs",
  "periods",
  "retentionSeconds",
  "keptFromMs",
  "shorter",
  "bucket",
  "missing",
] as const;

/** Builds the update of a head that still has the version of `before`. */
export function headUpdate(table: string, conversation: string, before: Head, after: Head): Update {
  const { kind: _, createdAtMs: __, ...attributes } = headAttributes(after);
  const passing = Object.fromEntries(PASSING.map((name) => [name, attributes[name] ?? null]));
  const update = setAttributes(table, headKey(conversation), { ...attributes, ...passing });
  return {
    ...update,
    ConditionExpression: "#version = :before",
    ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ":before": before.version },
    ...TELL,
  };
}

/** Builds the update that moves `announcedSeq` forward. */
export function announcedUpdate(table: string, conversation: string, announcedSeq: number): Update {
  return {
    ...setAttributes(table, headKey(conversation), { announcedSeq }),
    ConditionExpression: "#announcedSeq < :announcedSeq",
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
