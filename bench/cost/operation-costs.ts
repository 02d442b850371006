import type { IngestMode } from "../../wiring/manifest.ts";

/**
 * AWS calls and billed table units of each user operation. test/cost counts the calls on the deployed bundles and asserts
 * exactly these figures; load.ts multiplies them by the traffic. Calls have the names that the tests' counter gives them:
 * the operation, and the item or frame.
 */
export interface OperationCost {
  /** Names of the calls, sorted. */
  readonly calls: readonly string[];
  readonly write: number;
  readonly read: number;
}

const repeat = (count: number, name: string): string[] => Array<string>(count).fill(name);
const cost = (calls: readonly string[], write: number, read: number): OperationCost => ({
  calls: [...calls].sort(),
  write,
  read,
});

/** Short items of one page that one read unit covers. */
const ITEMS_PER_UNIT = 25;
const pageUnits = (items: number) => Math.max(1, Math.ceil(items / ITEMS_PER_UNIT));

const APPEND = ["Query HEAD", "UpdateItem HEAD", "BatchGetItem USER"];
/** Calls that a message makes only if it goes through the queue: the ack of a direct one is the route's response. */
const QUEUE = ["Publish", "POST ack"];

/**
 * A one-sentence text in a conversation of up to 100 members, posted to `pushes` connections besides the ack. Some
 * messages make a `FLUSH` in addition.
 */
export function message(members: number, pushes: number, ingest: IngestMode): OperationCost {
  return cost(
    [...APPEND, ...(ingest === "queued" ? QUEUE : []), ...repeat(pushes, "POST entries")],
    1,
    pageUnits(members) + members,
  );
}

/** Moves the entries of the head into a segment, before the append that finds it large enough. */
export const FLUSH = cost(["PutItem SEG"], 1, 0);

/** Share of one-sentence texts that make a flush. The head of a queue's conversation holds its deduplication window too. */
export const FLUSH_SHARE: Readonly<Record<IngestMode, number>> = { direct: 0.25, queued: 0.5 };

/** Additional cost when a member is offline and has not muted the conversation. */
export const UNDELIVERED = cost(["PublishBatch"], 0, 0);

/**
 * `read` or `delivered` in a conversation of up to 32 members, posted to `pushes` connections. The head is read for the
 * first receipt of a new entry only, in each environment.
 */
export function receipt(members: number, pushes: number): OperationCost {
  const rows = members > 2 ? ["Query MEMBER"] : [];
  return cost(
    ["BatchGetItem HEAD", "UpdateItem C", ...rows, "BatchGetItem USER", ...repeat(pushes, "POST receipt")],
    1,
    1 + (members > 2 ? pageUnits(members) : 0) + members,
  );
}

/** `typing` in a conversation of up to 32 members, posted to `pushes` connections. */
export function typing(members: number, pushes: number): OperationCost {
  const rows = members > 2 ? ["Query MEMBER"] : [];
  return cost(
    ["BatchGetItem C", ...rows, "BatchGetItem USER", ...repeat(pushes, "POST typing")],
    0,
    1 + (members > 2 ? pageUnits(members) : 0) + (members - 1),
  );
}

const watcherCalls = (watchers: number) => [
  "Query W",
  ...(watchers > 0 ? ["BatchGetItem C"] : []),
  ...repeat(watchers, "POST presence"),
];

/** A new connection that announces its user as online. */
export function arrival(watchers: number): OperationCost {
  const calls = [...repeat(2, "UpdateItem USER"), "Publish", ...watcherCalls(watchers)];
  return cost(calls, 2, pageUnits(watchers) + watchers);
}

/** A user's last connection closes, and the user does not reconnect within the grace period. */
export function departure(watchers: number): OperationCost {
  const calls = [...LAST_CLOSED.calls, "BatchGetItem USER", "UpdateItem USER", "Publish"];
  return cost([...calls, ...watcherCalls(watchers)], 2, 1 + pageUnits(watchers) + watchers);
}

/** A connection closes while the user has others. */
export const CLOSED = cost(["UpdateItem USER"], 1, 0);
/** The user's last connection closes. A user who reconnects within the grace period costs one more read and is not announced. */
export const LAST_CLOSED = cost(["UpdateItem USER", "Publish"], 1, 0);
export const PING = cost(["BatchGetItem USER"], 0, 1);

/** A sync without news for a user with `direct` direct conversations and `groups` groups of `members` members. */
export function sync(direct: number, groups: number, members: number): OperationCost {
  const ofGroups = groups > 0 ? ["Query C", ...repeat(groups, "Query MEMBER")] : [];
  const lists = pageUnits(direct + groups) + (groups > 0 ? pageUnits(groups) : 0);
  return cost(
    ["Query C", "BatchGetItem HEAD", "BatchGetItem C", ...ofGroups],
    0,
    lists + 2 * direct + groups * (1 + pageUnits(members) + (members - 1)),
  );
}

/** A `presence` frame that watches `users` users, all of whom share a conversation with the watcher. */
export function watch(users: number): OperationCost {
  return cost(
    [
      "BatchGetItem C",
      // The set and its rows, to write only what differs.
      "BatchGetItem WATCHES",
      "UpdateItem WATCHES",
      ...repeat(pageUnits(users), "BatchWriteItem W"),
      "BatchGetItem USER",
    ],
    users + 1,
    3 * users + 1,
  );
}
