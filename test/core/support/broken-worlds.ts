import type { CommitDeps } from "../../../functions/core/commit/acknowledge-and-push.ts";
import type { Plan, PlanInput } from "../../../functions/core/commit/plan.ts";
import type { RecentConversations } from "../../../functions/core/commit/recent-conversations.ts";
import { isRewriting } from "../../../functions/core/commit/rewrite.ts";
import type {
  Conversation,
  ConversationLog,
  Head,
  Segment,
  WriteResult,
} from "../../../functions/ports/conversation-log.ts";
import type { Step } from "../../support/interleaving.ts";
import { MemoryLog, type MemoryStore } from "../../support/memory-ports.ts";
import type { Rule } from "../model/rules.ts";
import { DelegatingLog } from "./delegating-log.ts";
import { MemoryWorld, type TableOptions, type World } from "./world.ts";

type PlanWrite = (input: PlanInput) => Plan;

/** The real code with one of the model's rules broken: in its ports, or in its plans. */
export interface Breach {
  readonly world: () => World;
  readonly plan?: (planWrite: PlanWrite, input: PlanInput) => Plan;
}

const memory = () => new MemoryWorld();

export const BREACHES: Record<Rule, Breach> = {
  headCondition: { world: () => new BrokenTable(UnconditionalHead) },
  segmentCondition: { world: () => new BrokenTable(UnconditionalFlush) },
  standingSegment: { world: () => new BrokenTable(BlindFlush) },
  putBeforeTrim: { world: () => new BrokenTable(LateFlush) },
  pushBeforeAnswer: { world: () => new LatePushes() },
  eventsBeforeAnswer: { world: () => new LateEvents() },
  freshAnswer: { world: () => new CachedAnswers() },
  repeatsPushed: { world: memory, plan: withoutRepeatedPushes },
  repeatsFound: {
    world: memory,
    plan: (planWrite, input) => planWrite({ ...input, repeatOf: () => undefined }),
  },
  deleteEndsFlush: { world: memory, plan: withoutFlushOfRewrites },
  wholeTail: { world: memory, plan: withPartOfTail },
};

/** The arguments of a `MemoryLog`, for subclasses that write otherwise. */
type OpenLog = new (store: MemoryStore, step: Step, page?: number, small?: number) => ConversationLog;

class BrokenTable extends MemoryWorld {
  readonly #openLog: OpenLog;

  constructor(openLog: OpenLog) {
    super();
    this.#openLog = openLog;
  }

  override open(step: Step, options: TableOptions) {
    const log = new this.#openLog(this.store, step, options.pageSegments, options.smallGroupMembers);
    return { ...super.open(step, options), log };
  }
}

/** A log that can reach past its own conditions. */
class OpenMemoryLog extends MemoryLog {
  protected readonly table: MemoryStore;
  protected readonly pause: Step;

  constructor(store: MemoryStore, step: Step, page?: number, small?: number) {
    super(store, step, page, small);
    this.table = store;
    this.pause = step;
  }
}

class UnconditionalHead extends OpenMemoryLog {
  override async update(conversation: string, _: Head, after: Head): Promise<WriteResult> {
    await this.pause("update");
    this.table.heads.set(conversation, after);
    return { done: true };
  }
}

class UnconditionalFlush extends OpenMemoryLog {
  override async flush(conversation: string, segment: Segment): Promise<number | undefined> {
    await this.pause("flush");
    this.table.put(conversation, segment);
    return segment.entries.at(-1)?.seq;
  }
}

class BlindFlush extends OpenMemoryLog {
  override async flush(conversation: string, segment: Segment): Promise<number | undefined> {
    const standing = await super.flush(conversation, segment);
    return standing && segment.entries.at(-1)?.seq;
  }
}

class LateFlush extends OpenMemoryLog {
  #segment: Segment | undefined;

  override async flush(_: string, segment: Segment): Promise<number | undefined> {
    this.#segment = segment;
    return segment.entries.at(-1)?.seq;
  }

  override async update(conversation: string, before: Head, after: Head): Promise<WriteResult> {
    const result = await super.update(conversation, before, after);
    if (result.done && this.#segment !== undefined) await super.flush(conversation, this.#segment);
    this.#segment = undefined;
    return result;
  }
}

/** An environment of Lambda is frozen when its handler has returned, and may never run again. */
class FreezingWorld extends MemoryWorld {
  #answers = 0;

  protected async unlessFrozen(calls: readonly (() => Promise<unknown>)[]): Promise<void> {
    this.#answers += 1;
    if (this.#answers % 2 === 0) return;
    for (const call of calls) await call();
  }
}

class LatePushes extends FreezingWorld {
  override direct({ connections, outbound, ...deps }: CommitDeps) {
    const later: (() => Promise<unknown>)[] = [];
    const late: CommitDeps = {
      ...deps,
      connections: {
        ...connections,
        post: async (...args) => {
          const post = async () => {
            while ((await connections.post(...args)) === "retry");
          };
          later.push(post);
          return "sent";
        },
      },
      outbound: {
        publish: async (...args) => {
          later.push(() => outbound.publish(...args));
        },
        announce: async (...args) => {
          later.push(() => outbound.announce(...args));
          return [];
        },
      },
    };
    return { deps: late, afterAnswer: () => this.unlessFrozen(later) };
  }
}

class LateEvents extends FreezingWorld {
  override direct({ outbound, ...deps }: CommitDeps) {
    const later: (() => Promise<unknown>)[] = [];
    const late: CommitDeps = {
      ...deps,
      outbound: {
        publish: (...args) => outbound.publish(...args),
        announce: async (...args) => {
          later.push(() => outbound.announce(...args));
          return [];
        },
      },
    };
    return { deps: late, afterAnswer: () => this.unlessFrozen(later) };
  }
}

class CachedAnswers extends MemoryWorld {
  override direct(deps: CommitDeps, recent: RecentConversations) {
    const log = new CachedLog(deps.log, (conversation) => recent.get(conversation, deps.now()));
    return { deps: { ...deps, log }, afterAnswer: () => Promise.resolve() };
  }
}

class CachedLog extends DelegatingLog {
  readonly #cached: (conversation: string) => Conversation | undefined;

  constructor(inner: ConversationLog, cached: (conversation: string) => Conversation | undefined) {
    super(inner);
    this.#cached = cached;
  }

  override async read(...args: Parameters<ConversationLog["read"]>): Promise<Conversation | undefined> {
    return this.#cached(args[0]) ?? super.read(...args);
  }
}

/** Answers repeats as if they were refused: with their seqs, but without pushes. */
function withoutRepeatedPushes(planWrite: PlanWrite, input: PlanInput): Plan {
  const plan = planWrite(input);
  const decisions = plan.decisions.map((decision) =>
    decision.origin === "repeated" ? { ...decision, origin: "refused" as const } : decision,
  );
  return { ...plan, decisions };
}

function withoutFlushOfRewrites(planWrite: PlanWrite, input: PlanInput): Plan {
  const { view } = input;
  const isRewrite = input.frames.some(({ entries }) => entries.some(isRewriting));
  if (view === undefined || !isRewrite) return planWrite(input);
  const { flushDue: _, ...head } = view.head;
  return planWrite({ ...input, view: { ...view, head } });
}

function withPartOfTail(planWrite: PlanWrite, input: PlanInput): Plan {
  const plan = planWrite(input);
  const { write } = plan;
  if (write?.transaction === undefined || write.after.head.tail.length > 0) return plan;
  const { head } = write.after;
  const tail = write.appended.slice(-1);
  if (tail[0]?.seq !== head.lastSeq) return plan;
  const after = { ...write.after, head: { ...head, tail, tailFirst: head.lastSeq } };
  return { ...plan, write: { ...write, after } };
}
