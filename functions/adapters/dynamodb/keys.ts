import { TABLE } from "../../../wiring/manifest.ts";
import { memberBucket } from "../../core/shared/partition.ts";

/** Key of an item in the single table. Every access pattern is a key or a key range; no function scans. */
export interface Key {
  readonly [TABLE.partitionKey]: string;
  readonly [TABLE.sortKey]: string;
}

/** Number of digits of the largest safe integer. */
const SEQ_DIGITS = 16;

export const conversationPk = (conversation: string) => `C#${conversation}`;
export const userPk = (user: string) => `${TABLE.userPrefix}${user}`;

/** Sorts before `MEMBER#`, so that head and members are one Query. */
export const HEAD_SK = "HEAD";
export const MEMBER_PREFIX = "MEMBER#";
export const INBOX_PREFIX = "C#";
/** Conversations that the user has taken out of the list: only an erasure or an export reads them. */
export const FORGOTTEN_PREFIX = "F#";
export const WATCH_PREFIX = "W#";
/** Sorts after `WATCH_PREFIX`. */
export const WATCH_SET_PREFIX = "WATCHES#";
const USER_SK = "USER";

export const headKey = (conversation: string): Key => ({ pk: conversationPk(conversation), sk: HEAD_SK });
export const SEGMENT_PREFIX = "SEG#";
export const segmentSk = (firstSeq: number) =>
  `${SEGMENT_PREFIX}${String(firstSeq).padStart(SEQ_DIGITS, "0")}`;
export const segmentKey = (conversation: string, firstSeq: number): Key => ({
  pk: conversationPk(conversation),
  sk: segmentSk(firstSeq),
});
export const userKey = (user: string): Key => ({ pk: userPk(user), sk: USER_SK });
export const inboxKey = (user: string, conversation: string): Key => ({
  pk: userPk(user),
  sk: `${INBOX_PREFIX}${conversation}`,
});

export const forgottenKey = (user: string, conversation: string): Key => ({
  pk: userPk(user),
  sk: `${FORGOTTEN_PREFIX}${conversation}`,
});

const bucketPrefix = (bucket: number) => `${MEMBER_PREFIX}${bucket.toString(16).padStart(2, "0")}`;
/** Members sort by bucket, so that a large group can be read in shards of even size. */
export const memberSk = (bucket: number, user: string) => `${bucketPrefix(bucket)}#${user}`;
/** Sorts after every member of the bucket: `$` follows `#`. */
export const afterBucket = (bucket: number) => `${bucketPrefix(bucket)}$`;
export const memberKey = (conversation: string, user: string): Key => ({
  pk: conversationPk(conversation),
  sk: memberSk(memberBucket(user), user),
});
/** One row per watching connection, in the partition of the watched user. */
export const watchKey = (watched: string, connection: string): Key => ({
  pk: userPk(watched),
  sk: `${WATCH_PREFIX}${connection}`,
});
/**
 * The users a connection watches, in the partition of the watching user; not among the rows of that user's watchers.
 */
export const watchSetKey = (watcher: string, connection: string): Key => ({
  pk: userPk(watcher),
  sk: `${WATCH_SET_PREFIX}${connection}`,
});
