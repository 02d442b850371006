import pMap from "p-map";
import { isContent } from "../../../protocol/index.ts";
import type { Conversation } from "../../ports/conversation-log.ts";
import type { InboxRow } from "../../ports/inbox.ts";
import type { PublishedFrame } from "../../ports/published-frame.ts";
import type { FirstWordsDelivery } from "../../ports/topics.ts";
import { isShownTo } from "../log/consent.ts";
import { activeLeases } from "../presence/leases.ts";
import { currentPresence } from "../presence/query.ts";
import { type NotifyDeps, pushToWatcher } from "./notify-watchers.ts";
import { permittedWatchers } from "./permitted-watchers.ts";
import { sendEphemeral } from "./push.ts";

/**
 * Returns the deliveries that tell watchers of a user who has spoken for the first time. In a direct conversation
 * nobody may be told until both have.
 *
 * @param repeated frames that were decided before: nobody knows whether watchers were told then
 */
export function firstWords(
  conversation: string,
  { head, members }: Conversation,
  speakers: readonly string[],
  repeated: readonly PublishedFrame[],
): FirstWordsDelivery[] {
  if (head.kind === "direct" && !members.every(({ spoken }) => spoken)) return [];
  const again = repeated.flatMap(({ sender, entries }) =>
    entries.some(({ kind }) => isContent(kind)) ? [sender.user] : [],
  );
  const users = [...new Set([...speakers, ...again])];
  return users.map((user) => ({ type: "deliver.first-words", conversation, user }));
}

/**
 * Pushes the presence of people to those who may be told of it since one of them has spoken; in a direct conversation also
 * how far each has read, which was not pushed until now.
 */
export async function deliverFirstWords(
  deps: NotifyDeps,
  { conversation, user }: FirstWordsDelivery,
  signal: AbortSignal,
): Promise<void> {
  const [row] = await deps.inbox.rows([{ user, conversation }], signal);
  const { peer, addedBy } = row ?? {};
  const other = peer ?? addedBy;
  if (other === undefined || other === user) return;
  await tell(deps, other, user, signal);
  if (peer === undefined) return;
  await tell(deps, user, peer, signal);
  const [theirs] = await deps.inbox.rows([{ user: peer, conversation }], signal);
  await tellReceipts(deps, user, row, signal);
  await tellReceipts(deps, peer, theirs, signal);
}

async function tellReceipts(
  deps: NotifyDeps,
  user: string,
  row: InboxRow | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (row?.peer === undefined || row.blocked || !isShownTo(row.peer, row)) return;
  const { conversation, peer, readSeq = 0, deliveredSeq = 0 } = row;
  const receipt = { type: "receipt" as const, conversation, user };
  if (readSeq > 0) await sendEphemeral(deps, [peer], { ...receipt, readSeq }, "", signal);
  if (deliveredSeq > readSeq) await sendEphemeral(deps, [peer], { ...receipt, deliveredSeq }, "", signal);
}

/** Pushes a user's presence as it is now to those connections of another one that watch it. */
async function tell(deps: NotifyDeps, watcher: string, watched: string, signal: AbortSignal): Promise<void> {
  const { leases, inbox, watches, outbound } = deps;
  const nowMs = deps.now();
  const states = await leases.states([watcher, watched], signal);
  const state = states.get(watched);
  const connections = activeLeases(states.get(watcher)?.leases ?? [], nowMs);
  if (state === undefined || connections.length === 0) return;
  const names = connections.map(({ connection }) => connection);
  const watching = await watches.watching(watched, names, nowMs, signal);
  if (watching.length === 0) return;
  const told = await permittedWatchers(inbox, watched, watching, signal);
  if (told.length === 0) return;
  const report = await currentPresence(deps, watched, state, nowMs, signal);
  const frame = { type: "presence" as const, ...report };
  const outcomes = await pMap(told, (one) => pushToWatcher(deps, watched, one, frame, signal));
  const deliveries = outcomes.filter((delivery) => delivery !== undefined);
  if (deliveries.length > 0) await outbound.publish(deliveries, signal);
}
