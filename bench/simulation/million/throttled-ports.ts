import type { ConversationLog } from "../../../functions/ports/conversation-log.ts";
import type { Leases } from "../../../functions/ports/leases.ts";
import { SERVICES } from "../services.ts";

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
    async flush(conversation, segment, signal) {
      await write(1, signal);
      return log.flush(conversation, segment, signal);
    },
    async update(conversation, before, after, signal) {
      const bytes = Math.max(...[before, after].map((head) => log.storedBytes(conversation, head)));
      await write(Math.ceil(bytes / SERVICES.writeUnitBytes), signal);
      return log.update(conversation, before, after, signal);
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
