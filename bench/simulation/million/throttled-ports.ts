import type { ConversationLog } from "../../../functions/ports/conversation-log.ts";
import type { Leases } from "../../../functions/ports/leases.ts";

type ConsumeUnits = (units: number, signal: AbortSignal) => Promise<void>;

/** Throttles the calls that `commit` makes for a text in a small conversation. Units are those of bench/cost/operation-costs.ts. */
export function throttledLog(log: ConversationLog, read: ConsumeUnits, write: ConsumeUnits): ConversationLog {
  return {
    ...log,
    async read(conversation, users, signal) {
      await read(1, signal);
      return log.read(conversation, users, signal);
    },
    async readForward(conversation, range, signal) {
      await read(1, signal);
      return log.readForward(conversation, range, signal);
    },
    async append(conversation, segment, signal) {
      await write(1, signal);
      return log.append(conversation, segment, signal);
    },
    async advance(conversation, head, signal) {
      await write(1, signal);
      return log.advance(conversation, head, signal);
    },
  };
}

export function throttledLeases(leases: Leases, read: ConsumeUnits): Leases {
  const all = leases.read.bind(leases);
  return Object.assign(leases, {
    async read(users: readonly string[], signal: AbortSignal) {
      await read(users.length, signal);
      return all(users, signal);
    },
  });
}
