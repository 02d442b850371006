import type { CommitDeps } from "../../../functions/core/commit/acknowledge-and-push.ts";
import type { RecentConversations } from "../../../functions/core/commit/recent-conversations.ts";
import type { ConversationLog } from "../../../functions/ports/conversation-log.ts";
import type { Inbox } from "../../../functions/ports/inbox.ts";
import type { Leases } from "../../../functions/ports/leases.ts";
import { nextTurn, type Step } from "../../support/interleaving.ts";
import { MemoryInbox, MemoryLeases, MemoryLog, MemoryStore } from "../../support/memory-ports.ts";

interface TablePorts {
  readonly log: ConversationLog;
  readonly inbox: Inbox;
  readonly leases: Leases;
}

export interface TableOptions {
  /** Segments in a page of the store. */
  readonly pageSegments: number;
  /** A group with more members is large. */
  readonly smallGroupMembers?: number | undefined;
}

/** Dependencies of a direct writer, and what is left to do when it has answered. */
interface DirectPorts {
  readonly deps: CommitDeps;
  readonly afterAnswer: () => Promise<void>;
}

/** Everything of a simulation that a test may replace: by another adapter, or by a writer that breaks a rule. */
export interface World {
  readonly store: MemoryStore;
  /** Opens the table for one task, whose every call awaits `step` first. */
  open(step: Step, options: TableOptions): TablePorts;
  /** Prepares a direct writer. */
  direct(deps: CommitDeps, recent: RecentConversations): DirectPorts;
  /** Resolves when the call that was resumed last has ended. */
  settled(): Promise<void>;
}

/** The table in memory, and writers as they are. */
export class MemoryWorld implements World {
  readonly store = new MemoryStore();

  open(step: Step, { pageSegments, smallGroupMembers }: TableOptions): TablePorts {
    return {
      log: new MemoryLog(this.store, step, pageSegments, smallGroupMembers),
      inbox: new MemoryInbox(this.store, step),
      leases: new MemoryLeases(this.store, step),
    };
  }

  direct(deps: CommitDeps, _: RecentConversations): DirectPorts {
    return { deps, afterAnswer: () => Promise.resolve() };
  }

  settled(): Promise<void> {
    return nextTurn();
  }
}
