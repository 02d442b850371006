import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { expect } from "vitest";
import { DynamoConversationLog } from "../../functions/adapters/dynamodb/conversation-log.ts";
import { DynamoInbox } from "../../functions/adapters/dynamodb/inbox.ts";
import { DynamoLeases } from "../../functions/adapters/dynamodb/leases.ts";
import type { ConversationLog, SegmentPage } from "../../functions/ports/conversation-log.ts";
import type { Lease } from "../../functions/ports/leases.ts";
import { MemoryWorld, type TableOptions } from "../core/support/world.ts";
import { nextTurn, type Step } from "../support/interleaving.ts";

type Call = (...args: unknown[]) => unknown;

const never = new AbortController().signal;

/** A simulation's time does not pass, so a call on the real table has no deadline. */
const withoutDeadline = (args: readonly unknown[]) =>
  args.map((arg) => (arg instanceof AbortSignal ? never : arg));

/**
 * The table on DynamoDB. Every call is made on the table in memory as well, one call at a time, and both must give the
 * same result: so `store` is what the table should hold.
 */
export class TwinWorld extends MemoryWorld {
  /** Number of calls, by method. */
  readonly calls = new Map<string, number>();
  /** Results that were not the same. */
  readonly differences: unknown[] = [];
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #running = new Set<Promise<unknown>>();

  constructor(client: DynamoDBDocumentClient, table: string) {
    super();
    this.#client = client;
    this.#table = table;
  }

  override open(step: Step, options: TableOptions) {
    const memory = super.open(() => Promise.resolve(), options);
    const log = new DynamoConversationLog(this.#client, this.#table);
    return {
      log: this.#twin<ConversationLog>(withPages(log, options.pageSegments), memory.log, step),
      inbox: this.#twin(new DynamoInbox(this.#client, this.#table), memory.inbox, step),
      leases: this.#twin(new DynamoLeases(this.#client, this.#table), memory.leases, step),
    };
  }

  override async settled(): Promise<void> {
    await nextTurn();
    while (this.#running.size > 0) {
      await Promise.allSettled(this.#running);
      await nextTurn();
    }
  }

  #twin<Port extends object>(real: Port, memory: Port, step: Step): Port {
    const get = (_: Port, name: string) => {
      const call = (port: Port, args: readonly unknown[]) =>
        (port[name as keyof Port] as Call).apply(port, withoutDeadline(args));
      if (name === "storedBytes") return (...args: unknown[]) => call(real, args);
      return async (...args: unknown[]) => {
        await step(name);
        this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
        const both = async () => {
          const result = await call(real, args);
          this.#compare(name, args, result, await call(memory, args));
          return result;
        };
        const running = both();
        this.#running.add(running);
        return running.finally(() => this.#running.delete(running));
      };
    };
    return new Proxy(real, { get }) as Port;
  }

  /** Records a difference: a task that fails is taken for a crash, and is tried again. */
  #compare(name: string, [conversation]: readonly unknown[], real: unknown, memory: unknown): void {
    try {
      if (name === "readForward" || name === "readBackward") this.#comparePage(conversation as string, real);
      else expect(comparable(real), name).toEqual(comparable(memory));
    } catch (error) {
      this.differences.push(error);
    }
  }

  /** Pages may end elsewhere; a segment is the same. */
  #comparePage(conversation: string, page: unknown): void {
    for (const segment of (page as SegmentPage).segments) {
      expect(segment).toEqual(this.store.segment(conversation, segment.entries[0]?.seq ?? 0));
    }
  }
}

/** Sorts the leases of a user, which have no order, and leaves out the time of a write, which is that of each table. */
function comparable(result: unknown): unknown {
  if (result instanceof Map) return new Map([...result].map(([key, value]) => [key, comparable(value)]));
  if (Array.isArray(result))
    return (result.every(isLease) ? result.toSorted(byConnection) : result).map(comparable);
  if (typeof result !== "object" || result === null) return result;
  const { changedAtMs: _, ...rest } = result as { changedAtMs?: number };
  return "leases" in rest
    ? { ...rest, leases: comparable(rest.leases) }
    : "rows" in rest
      ? { ...rest, rows: comparable(rest.rows) }
      : rest;
}

function isLease(value: unknown): value is Lease {
  return typeof value === "object" && value !== null && "connection" in value;
}

function byConnection(a: Lease, b: Lease): number {
  return a.connection < b.connection ? -1 : 1;
}

/** Returns the log with pages as short as those in memory. */
function withPages(log: DynamoConversationLog, pageSegments: number): DynamoConversationLog {
  const shorter = <Range extends { maxSegments?: number }>(range: Range) => ({
    ...range,
    maxSegments: Math.min(pageSegments, range.maxSegments ?? pageSegments),
  });
  const [forward, backward] = [log.readForward.bind(log), log.readBackward.bind(log)];
  log.readForward = (conversation, range, signal) => forward(conversation, shorter(range), signal);
  log.readBackward = (conversation, range, signal) => backward(conversation, shorter(range), signal);
  return log;
}
