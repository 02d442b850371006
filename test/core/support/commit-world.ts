import { type BatchDeps, commitBatch } from "../../../functions/core/commit/batch.ts";
import type { DeliverDeps } from "../../../functions/core/delivery/deliver.ts";
import type { Change, Conversation, Head, Segment } from "../../../functions/ports/conversation-log.ts";
import type { Inbox } from "../../../functions/ports/inbox.ts";
import type { PublishedFrame } from "../../../functions/ports/published-frame.ts";
import type { Outbound } from "../../../functions/ports/topics.ts";
import type { ServerFrame } from "../../../protocol/index.ts";
import { outboundTo } from "../../support/memory-outbound.ts";
import {
  MemoryInbox,
  MemoryLeases,
  MemoryLog,
  MemoryMetrics,
  MemoryStore,
  silent,
} from "../../support/memory-ports.ts";
import { MemoryPresenceTopic } from "../../support/memory-presence.ts";

/** A call of a port, as `log.update`, with its arguments. */
interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
}

export type WorldDeps = BatchDeps & Pick<DeliverDeps, "pushReceipt"> & { readonly inbox: Inbox };

/** Does the work of a call, or something else. */
export type Around = (name: string, work: () => Promise<unknown>, signal: AbortSignal) => Promise<unknown>;

/** The ports of a commit over memory, with a clock. It records every call, and a test may put something around each. */
export class CommitWorld {
  nowMs = 1_000_000;
  around: Around = (_, work) => work();
  readonly store = new MemoryStore();
  readonly calls: Call[] = [];
  readonly posted: { readonly connection: string; readonly frame: ServerFrame }[] = [];
  readonly outbound: Outbound[] = [];
  readonly metrics = new MemoryMetrics();
  readonly deps: WorldDeps;

  constructor(over: Partial<WorldDeps> = {}) {
    this.deps = {
      log: this.watched("log", new MemoryLog(this.store)),
      inbox: this.watched("inbox", new MemoryInbox(this.store)),
      leases: this.watched("leases", new MemoryLeases(this.store)),
      connections: this.watched("connections", {
        post: async (connection: string, frame: ServerFrame) => {
          this.posted.push({ connection, frame });
          return "sent" as const;
        },
        close: async () => undefined,
      }),
      outbound: this.watched(
        "outbound",
        outboundTo((messages) => this.outbound.push(...messages)),
      ),
      presence: new MemoryPresenceTopic(),
      queue: { retryAfter: async () => undefined },
      faultOf: () => undefined,
      pushReceipt: async () => undefined,
      retentionSeconds: undefined,
      events: new Set(),
      epochFloor: 1,
      headBytes: 1024,
      now: () => this.nowMs,
      logger: silent,
      metrics: this.metrics,
      ...over,
    };
  }

  /** Returns the port with every call of it recorded, and with `around` around it. */
  watched<Port extends object>(portName: string, port: Port): Port {
    return new Proxy(port, {
      get: (target, key) => {
        const member = Reflect.get(target, key);
        if (typeof member !== "function" || key === "storedBytes") return member;
        return (...args: unknown[]) => {
          const name = `${portName}.${String(key)}`;
          this.calls.push({ name, args });
          const signal = args.find((argument) => argument instanceof AbortSignal);
          return this.around(name, () => member.apply(target, args), signal ?? new AbortController().signal);
        };
      },
    });
  }

  /** Names of the calls so far. */
  get names(): string[] {
    return this.calls.map(({ name }) => name);
  }

  /** Calls that write a conversation, in short. */
  get writes(): string[] {
    const kinds = ["log.flush", "log.update", "log.change"];
    return this.names.filter((name) => kinds.includes(name)).map((name) => name.slice("log.".length));
  }

  /** Transactions so far. */
  get changes(): Change[] {
    return this.#arguments("log.change").map(([, change]) => change as Change);
  }

  /** Heads that were written, by updates and transactions. */
  get heads(): Head[] {
    return this.calls.flatMap(({ name, args }) => {
      if (name === "log.update") return [args[2] as Head];
      return name === "log.change" ? [(args[1] as Change).after] : [];
    });
  }

  /** Forgets the calls so far, and what they posted and published. */
  forgetCalls(): void {
    for (const list of [this.calls, this.posted, this.outbound]) list.length = 0;
  }

  /** Stores a conversation as it is. */
  put(conversation: string, { head, members }: Conversation, segments: readonly Segment[] = []): void {
    this.store.heads.set(conversation, head);
    for (const segment of segments) this.store.put(conversation, segment);
    for (const member of members) this.store.admit(conversation, member);
  }

  head(conversation: string): Head {
    const head = this.store.heads.get(conversation);
    if (head === undefined) throw new Error("there is no such conversation");
    return head;
  }

  async connect(user: string, connection = `${user}-1`): Promise<void> {
    const lease = { connection, device: undefined, connectedAtMs: 0, expiresAtMs: Number.MAX_SAFE_INTEGER };
    await new MemoryLeases(this.store).put(user, lease, this.nowMs);
  }

  /** Commits frames as one batch of the queue; returns the ids of those to retry. */
  async commit(frames: readonly PublishedFrame[], over: Partial<BatchDeps> = {}): Promise<string[]> {
    const records = frames.map((frame) => ({
      id: frame.frame,
      receiptHandle: frame.frame,
      group: frame.conversation,
      body: JSON.stringify(frame),
      receiveCount: 1,
    }));
    return commitBatch({ ...this.deps, ...over }, records);
  }

  #arguments(name: string): (readonly unknown[])[] {
    return this.calls.filter((call) => call.name === name).map(({ args }) => args);
  }
}
