import { type AwsAnswer, type AwsTap, awsError } from "./aws-tap.ts";

type Attributes = Readonly<Record<string, { readonly S?: string }>>;

/** A request that writes, or an action of a transaction, by which item it names. */
interface Write {
  readonly Item?: Attributes;
  readonly Key?: Attributes;
}

interface WriteRequest extends Write {
  readonly TransactItems?: readonly Readonly<Record<string, Write>>[];
}

/** Not `BatchWriteItem`: DynamoDB returns the items it did not write as unprocessed. */
const WRITES = new Set(["PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"]);

export interface Conflict {
  /** True for an item in the transaction, by partition and sort key, separated by a space. */
  readonly on: (key: string) => boolean;
  /** Chooses among the writes of these items by their body. @default all */
  readonly when?: (body: string) => boolean;
  /** The first write that fails. @default 1 */
  readonly nth?: number;
  /** Number of writes that fail. @default 1 */
  readonly times?: number;
}

/**
 * Lets writes meet a transaction that is not theirs, which dynoxide never does: they fail as DynamoDB fails them, and
 * change nothing.
 */
export function conflict(tap: AwsTap, { on, when = () => true, nth = 1, times = 1 }: Conflict): void {
  let writes = 0;
  tap.on(
    ({ service, operation }, body) => {
      if (service !== "dynamodb" || !WRITES.has(operation)) return false;
      if (!writtenKeys(body).some(on) || !when(body)) return false;
      writes += 1;
      return writes >= nth;
    },
    async (_call, _forward, body) => transactionConflict(body, on),
    times,
  );
}

/** Builds DynamoDB's answer: a transaction names the reason for each of its items, a plain write has an error of its own. */
function transactionConflict(body: string, isConflicting: (key: string) => boolean): AwsAnswer {
  const { TransactItems } = JSON.parse(body) as WriteRequest;
  if (TransactItems === undefined) return awsError(400, "TransactionConflictException");
  const CancellationReasons = writtenKeys(body).map((key) => ({
    Code: isConflicting(key) ? "TransactionConflict" : "None",
  }));
  return awsError(400, "TransactionCanceledException", { CancellationReasons });
}

/** Returns the keys that a request writes or, in a transaction, checks, in order. */
function writtenKeys(body: string): string[] {
  const { TransactItems, ...write } = JSON.parse(body) as WriteRequest;
  const writes = TransactItems?.flatMap((action) => Object.values(action)) ?? [write];
  return writes.map(({ Item, Key }) => {
    const { pk, sk } = Item ?? Key ?? {};
    return `${pk?.S} ${sk?.S}`;
  });
}
