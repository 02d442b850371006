import type { Member } from "../../ports/conversation-log.ts";
import type { EntriesDelivery } from "../../ports/topics.ts";
import { canRead } from "../log/readable-ranges.ts";
import { activeLeases } from "../presence/leases.ts";
import { withTimeout } from "../shared/with-timeout.ts";
import { mergedByContent } from "./left-entries.ts";
import { type PushDeps, pushAll } from "./push.ts";
import { type PushInput, pushesFor } from "./recipients.ts";

export interface Pushed {
  /** Deliveries that the budget did not suffice for. */
  readonly left: EntriesDelivery[];
  /** Readers without a connection. */
  readonly offline: readonly Member[];
}

/**
 * Pushes entries to members until the budget is spent. Leases are read now; that must be after the head includes the
 * entries.
 */
export async function pushToMembers(
  deps: PushDeps,
  fanOut: Omit<PushInput, "leases" | "nowMs">,
  budgetMs: number,
  signal: AbortSignal,
): Promise<Pushed> {
  const { entries } = fanOut;
  const readers = fanOut.members.filter(({ ranges }) => entries.some(({ seq }) => canRead(ranges, seq)));
  const leases = await deps.leases.read(
    readers.map(({ user }) => user),
    signal,
  );
  const nowMs = deps.now();
  const offline = readers.filter(({ user }) => activeLeases(leases.get(user) ?? [], nowMs).length === 0);
  const pushes = pushesFor({ ...fanOut, leases, nowMs });
  const left = await pushAll(deps, pushes, withTimeout(budgetMs, signal));
  return { left: mergedByContent(left), offline };
}
