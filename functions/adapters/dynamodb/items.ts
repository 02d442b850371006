import type { Entry, Preview } from "../../../protocol/index.ts";
import { TABLE } from "../../../wiring/manifest.ts";
import { previewOfTail } from "../../core/log/preview.ts";
import type { Head, Member, Segment } from "../../ports/conversation-log.ts";
import type { InboxRow } from "../../ports/inbox.ts";
import { decodeDedupWindow, encodeDedupWindow } from "./dedup-codec.ts";
import { headKey, INBOX_PREFIX, segmentKey } from "./keys.ts";

/** An item as the document client reads and writes it. */
export type Item = Record<string, unknown>;

/** Version of the items' form. A later one that is not compatible gets another number. */
export const SCHEMA = 1;

/** An update that sets attributes, of an item that it may create. */
interface SettingUpdate {
  readonly UpdateExpression: `SET ${string}`;
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, unknown> | undefined;
}

/** Adds to an update that the item has the schema of today. */
export function withSchema<T extends SettingUpdate>(update: T): T {
  return {
    ...update,
    UpdateExpression: update.UpdateExpression.replace("SET ", "SET #schema = :schema, "),
    ExpressionAttributeNames: { ...update.ExpressionAttributeNames, "#schema": "schema" },
    ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ":schema": SCHEMA },
  };
}

/** Attributes that a head is stored as: lean, because one write unit (1 KB) should hold it with some entries. */
interface HeadAttributes
  extends Omit<Head, "lastSeq" | "tail" | "preview" | "decided" | "bucket" | "flushDue"> {
  readonly schema: number;
  /** JSON without seqs; absent if there are none. */
  readonly tail?: string;
  /** Only if the tail does not tell. */
  readonly preview?: Preview | undefined;
  readonly decided?: string;
  /** Tokens, pace, time. */
  readonly bucket?: readonly [number, number, number];
  readonly flushDue?: boolean;
}

/** Returns all attributes of a head except its key; the client leaves out `undefined` ones. */
export function headAttributes(head: Head): HeadAttributes {
  const { lastSeq: _, tail, preview, decided, bucket, flushDue, ...rest } = head;
  return {
    ...rest,
    schema: SCHEMA,
    ...(tail.length > 0 && { tail: entriesJson(tail) }),
    ...(previewOfTail(tail) === undefined && preview !== undefined && { preview }),
    ...(decided.length > 0 && { decided: encodeDedupWindow(decided) }),
    ...(bucket && { bucket: [bucket.tokens, bucket.pace, bucket.atMs] as const }),
    ...(flushDue && { flushDue }),
  };
}

export function headItem(conversation: string, head: Head): Item {
  return { ...headKey(conversation), ...headAttributes(head) };
}

export function headOf({ pk: _pk, sk: _sk, ...item }: Item): Head {
  const { schema: _, tail, preview, decided = "", bucket, ...rest } = item as unknown as HeadAttributes;
  const entries = tail === undefined ? [] : entriesOf(tail, rest.tailFirst);
  return {
    ...rest,
    tail: entries,
    lastSeq: rest.tailFirst + entries.length - 1,
    preview: preview ?? previewOfTail(entries),
    decided: decodeDedupWindow(decided),
    ...(bucket && { bucket: { tokens: bucket[0], pace: bucket[1], atMs: bucket[2] } }),
  };
}

export function segmentItem(conversation: string, { entries, headVersion, expiresAtMs }: Segment): Item {
  const [first] = entries;
  if (first === undefined) throw new RangeError("a segment has entries");
  return {
    ...segmentKey(conversation, first.seq),
    schema: SCHEMA,
    firstSeq: first.seq,
    entries: entriesJson(entries),
    headVersion,
    ...(expiresAtMs !== undefined && { expiresAtMs, [TABLE.ttl]: Math.ceil(expiresAtMs / 1000) }),
  };
}

export function segmentOf(item: Item): Segment {
  const { firstSeq, entries, headVersion, expiresAtMs } = item as {
    firstSeq: number;
    entries: string;
    headVersion: string;
    expiresAtMs?: number;
  };
  return {
    entries: entriesOf(entries, firstSeq),
    headVersion,
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  };
}

/** JSON text is smaller than attributes, and nested as deep as a client likes. The seqs follow from the first. */
function entriesJson(entries: readonly Entry[]): string {
  return JSON.stringify(entries.map(({ seq: _, ...entry }) => entry));
}

function entriesOf(json: string, firstSeq: number): Entry[] {
  const entries = JSON.parse(json) as Omit<Entry, "seq">[];
  return entries.map((entry, index) => ({ seq: firstSeq + index, ...entry }) as Entry);
}

export function memberOf({ user, role, ranges, blocked, spoken, muted }: Item): Member {
  const member = { user, role, ranges } as Member;
  return {
    ...member,
    ...(blocked === true && { blocked }),
    ...(spoken === true && { spoken }),
    ...(muted === true && { muted }),
  };
}

/** Returns an inbox row, or one that the user has forgotten. */
export function inboxRowOf({ pk: _pk, sk, schema: _, ...rest }: Item): InboxRow {
  return { conversation: String(sk).slice(INBOX_PREFIX.length), ...rest } as InboxRow;
}
