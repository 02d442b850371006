import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { LIMITS } from "../../../protocol/index.ts";
import { memberBucket } from "../../core/shared/partition.ts";
import { RecentMap } from "../../core/shared/rate-limit.ts";
import {
  type Change,
  type Conversation,
  type ConversationLog,
  type Head,
  MEMBER_BUCKETS,
  type MemberPage,
  type Segment,
  type SegmentPage,
  type WriteResult,
} from "../../ports/conversation-log.ts";
import { batchGet } from "./batch-get.ts";
import { announcedUpdate, changeActions, flushPut, headUpdate, settingsUpdate } from "./change.ts";
import { itemBytes } from "./item-bytes.ts";
import { headItem, headOf, type Item, memberOf, segmentOf } from "./items.ts";
import {
  afterBucket,
  conversationPk,
  HEAD_SK,
  headKey,
  inboxKey,
  MEMBER_PREFIX,
  memberKey,
  memberSk,
  segmentSk,
} from "./keys.ts";
import { failureOf, type LostRace } from "./lost-race.ts";
import { retryConflicts } from "./retry-conflicts.ts";

/**
 * Members in one page of a group. A group with more is large, and its members are read one by one. Above the 100
 * members up to which pushes are made inline.
 */
const SMALL_GROUP_MEMBERS = 128;

const MAX_HINTS = 10_000;

export class DynamoConversationLog implements ConversationLog {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  /**
   * Conversations this environment found to be large: only their heads are read. A hint about what to try first, no
   * more.
   */
  readonly #large: RecentMap<true>;

  /** @param maxHints conversations of which the environment remembers that they are large */
  constructor(client: DynamoDBDocumentClient, table: string, maxHints = MAX_HINTS) {
    this.#client = client;
    this.#table = table;
    this.#large = new RecentMap(maxHints);
  }

  async read(
    conversation: string,
    users: readonly string[],
    signal: AbortSignal,
  ): Promise<Conversation | undefined> {
    if (this.#large.get(conversation) === undefined) return this.#readSmall(conversation, users, signal);
    const large = await this.#readLarge(conversation, users, signal);
    if (large === undefined || large.head.memberCount > SMALL_GROUP_MEMBERS) return large;
    this.#large.delete(conversation);
    return this.#readSmall(conversation, users, signal);
  }

  /** Reads the head and one page of members, and more of a group that turns out to be large. */
  async #readSmall(
    conversation: string,
    users: readonly string[],
    signal: AbortSignal,
  ): Promise<Conversation | undefined> {
    const { items, last } = await this.#query(
      conversation,
      [HEAD_SK, `${MEMBER_PREFIX}~`],
      { Limit: SMALL_GROUP_MEMBERS + 1 },
      signal,
    );
    const [head, ...members] = items;
    if (head?.sk !== HEAD_SK) return undefined;
    if (last === undefined) return { head: headOf(head), members: members.map(memberOf), complete: true };
    this.#large.set(conversation, true);
    return this.#readLarge(conversation, users, signal);
  }

  /** Reads the head first: a row older than the head could admit a user who has been removed. */
  async #readLarge(
    conversation: string,
    users: readonly string[],
    signal: AbortSignal,
  ): Promise<Conversation | undefined> {
    const get = new GetCommand({ TableName: this.#table, Key: headKey(conversation), ConsistentRead: true });
    const { Item: head } = await this.#client.send(get, { abortSignal: signal });
    if (head === undefined) return undefined;
    const keys = [...new Set(users)].map((user) => memberKey(conversation, user));
    const rows = await batchGet(this.#client, this.#table, keys, signal);
    return { head: headOf(head), members: rows.map(memberOf), complete: false };
  }

  async members(
    conversation: string,
    page: {
      fromBucket?: number;
      toBucket?: number;
      after?: string | undefined;
      until?: string | undefined;
      limit: number;
    },
    signal: AbortSignal,
  ): Promise<MemberPage> {
    const { fromBucket = 0, toBucket = MEMBER_BUCKETS - 1, after, until, limit } = page;
    const first =
      after === undefined || memberBucket(after) < fromBucket
        ? memberSk(fromBucket, "")
        : `${memberSk(memberBucket(after), after)}\u0000`;
    const last = until === undefined ? afterBucket(toBucket) : memberSk(memberBucket(until), until);
    const range: [string, string] = [first, last];
    if (range[0] > range[1]) return { members: [], next: undefined };
    const found = await this.#query(conversation, range, { Limit: limit }, signal);
    const members = found.items.map(memberOf);
    return { members, next: found.last === undefined ? undefined : members.at(-1)?.user };
  }

  async readForward(
    conversation: string,
    range: { fromSeq: number; toSeq: number; maxSegments?: number },
    signal: AbortSignal,
  ): Promise<SegmentPage> {
    const { fromSeq, toSeq, maxSegments } = range;
    const page = await this.#segments(conversation, [fromSeq, toSeq], { Limit: maxSegments }, signal);
    if (fromSeq === 1 || page.segments[0]?.entries[0]?.seq === fromSeq) return page;
    // The range begins inside a segment, or after the last one.
    const before = await this.#segments(
      conversation,
      [earliestStart(fromSeq), fromSeq - 1],
      { Limit: 1, ScanIndexForward: false },
      signal,
    );
    const holding = before.segments.filter((segment) => reaches(segment, fromSeq));
    return { segments: [...holding, ...page.segments], complete: page.complete };
  }

  async readBackward(
    conversation: string,
    { fromSeq, toSeq, maxSegments }: { fromSeq: number; toSeq: number; maxSegments: number },
    signal: AbortSignal,
  ): Promise<SegmentPage> {
    const query = { Limit: maxSegments, ScanIndexForward: false };
    const page = await this.#segments(conversation, [earliestStart(fromSeq), toSeq], query, signal);
    const segments = page.segments.filter((segment) => reaches(segment, fromSeq));
    return { segments: segments.reverse(), complete: page.complete };
  }

  async #segments(
    conversation: string,
    [lowest, highest]: readonly [number, number],
    query: Pick<QueryCommandInput, "Limit" | "ScanIndexForward">,
    signal: AbortSignal,
  ): Promise<SegmentPage> {
    const range: [string, string] = [segmentSk(lowest), segmentSk(highest)];
    const { items, last } = await this.#query(conversation, range, query, signal);
    return { segments: items.map(segmentOf), complete: last === undefined };
  }

  /** Reads one page of a conversation's items between two sort keys, both inclusive. */
  async #query(
    conversation: string,
    [low, high]: readonly [string, string],
    query: Pick<QueryCommandInput, "Limit" | "ScanIndexForward">,
    signal: AbortSignal,
  ): Promise<{ items: Item[]; last: Item | undefined }> {
    const page = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :low AND :high",
        ExpressionAttributeValues: { ":pk": conversationPk(conversation), ":low": low, ":high": high },
        ...query,
      }),
      { abortSignal: signal },
    );
    return { items: page.Items ?? [], last: page.LastEvaluatedKey };
  }

  async flush(conversation: string, segment: Segment, signal: AbortSignal): Promise<number | undefined> {
    const put = new PutCommand(flushPut(this.#table, conversation, segment));
    const failure = await failureOf(this.#client.send(put, { abortSignal: signal }));
    if (failure === undefined) return segment.entries.at(-1)?.seq;
    const standing = failure.item && segmentOf(failure.item);
    return standing?.headVersion === segment.headVersion ? standing.entries.at(-1)?.seq : undefined;
  }

  storedBytes(conversation: string, head: Head): number {
    return itemBytes(headItem(conversation, head));
  }

  async update(conversation: string, before: Head, after: Head, signal: AbortSignal): Promise<WriteResult> {
    const update = new UpdateCommand(headUpdate(this.#table, conversation, before, after));
    return resultOf(await failureOf(this.#client.send(update, { abortSignal: signal })));
  }

  async change(conversation: string, change: Change, signal: AbortSignal): Promise<WriteResult> {
    const TransactItems = changeActions(this.#table, conversation, change);
    const write = this.#client.send(new TransactWriteCommand({ TransactItems }), { abortSignal: signal });
    return resultOf(await failureOf(write));
  }

  async announced(conversation: string, seq: number, signal: AbortSignal): Promise<void> {
    const update = new UpdateCommand(announcedUpdate(this.#table, conversation, seq));
    await failureOf(this.#client.send(update, { abortSignal: signal }));
  }

  async mute(conversation: string, user: string, muted: boolean, signal: AbortSignal): Promise<boolean> {
    const ofRow = { muted, changedAtMs: Date.now() };
    const TransactItems = [
      { Update: settingsUpdate(this.#table, memberKey(conversation, user), { muted }) },
      { Update: settingsUpdate(this.#table, inboxKey(user, conversation), ofRow) },
    ];
    const command = new TransactWriteCommand({ TransactItems });
    const send = () => this.#client.send(command, { abortSignal: signal });
    return (await failureOf(retryConflicts(send, signal), CONDITION_FAILED)) === undefined;
  }
}

/** Returns the earliest seq at which a segment that holds this seq can begin. */
function earliestStart(seq: number): number {
  return Math.max(1, seq - LIMITS.entriesPerFrame + 1);
}

function reaches({ entries }: Segment, seq: number): boolean {
  return (entries.at(-1)?.seq ?? 0) >= seq;
}

const CONDITION_FAILED = ["ConditionalCheckFailed"];

function resultOf(failure: LostRace | undefined): WriteResult {
  if (failure === undefined) return { done: true };
  return { done: false, head: failure.item && headOf(failure.item) };
}
