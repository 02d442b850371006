/**
 * What the functions call for each thing a user does, and the table's units it is billed: counted on the deployed
 * bundles by test/cost, which asserts these very figures, and multiplied by traffic in load.ts. Calls are named as
 * the counter of the tests names them: operation, and item or frame.
 */
export interface OperationCost {
  /** Sorted. */
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

/** Short items of one page of the table that are read for one unit. */
const ITEMS_PER_UNIT = 25;
const pageUnits = (items: number) => Math.max(1, Math.ceil(items / ITEMS_PER_UNIT));

/** A text of a sentence among so many members (100 at most), posted to so many connections besides the ack. */
export function message(members: number, pushes: number): OperationCost {
  return cost(
    [
      "Publish",
      "Query HEAD",
      "PutItem SEG",
      "UpdateItem HEAD",
      "BatchGetItem USER",
      "POST ack",
      ...repeat(pushes, "POST entries"),
    ],
    2,
    pageUnits(members) + members,
  );
}

/** Besides, when somebody who did not mute the conversation is offline. */
export const UNDELIVERED = cost(["PublishBatch"], 0, 0);

/** `read` or `delivered` in a conversation of at most 32, posted to so many connections. */
export function receipt(members: number, pushes: number): OperationCost {
  const rows = members > 2 ? ["Query MEMBER"] : [];
  return cost(
    ["UpdateItem C", ...rows, "BatchGetItem USER", ...repeat(pushes, "POST receipt")],
    1,
    (members > 2 ? pageUnits(members) : 0) + members,
  );
}

/** `typing` in a conversation of at most 32, posted to so many connections. */
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

/** A connection of a user who is announced with it. */
export function arrival(watchers: number): OperationCost {
  const calls = [...repeat(2, "UpdateItem USER"), "Publish", ...watcherCalls(watchers)];
  return cost(calls, 2, pageUnits(watchers) + watchers);
}

/** The last connection of a user closes, and nobody is back within the grace period. */
export function departure(watchers: number): OperationCost {
  const calls = [...LAST_CLOSED.calls, "BatchGetItem USER", "UpdateItem USER", "Publish"];
  return cost([...calls, ...watcherCalls(watchers)], 2, 1 + pageUnits(watchers) + watchers);
}

/** A connection closes and others of the user stay. */
export const CLOSED = cost(["UpdateItem USER"], 1, 0);
/** The last one closes; who is back within the grace period costs one read more, and nothing is told. */
export const LAST_CLOSED = cost(["UpdateItem USER", "Publish"], 1, 0);
export const PING = cost(["BatchGetItem USER"], 0, 1);

/** A sync that brings nothing new, of a user with so many direct conversations, and so many groups of `members`. */
export function sync(direct: number, groups: number, members: number): OperationCost {
  const ofGroups = groups > 0 ? ["Query C", ...repeat(groups, "Query MEMBER")] : [];
  const lists = pageUnits(direct + groups) + (groups > 0 ? pageUnits(groups) : 0);
  return cost(
    ["Query C", "BatchGetItem HEAD", "BatchGetItem C", ...ofGroups],
    0,
    lists + 2 * direct + groups * (1 + pageUnits(members) + (members - 1)),
  );
}

/** A `presence` frame that watches so many users, all of whom one shares a conversation with. */
export function watch(users: number): OperationCost {
  return cost(
    [
      "BatchGetItem C",
      "UpdateItem WATCHES",
      ...repeat(pageUnits(users), "BatchWriteItem W"),
      "BatchGetItem USER",
    ],
    users + 1,
    2 * users,
  );
}
