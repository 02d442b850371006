import { type Entry, isContent, utf8Bytes } from "../../../protocol/index.ts";
import type { Head, Member } from "../../ports/conversation-log.ts";
import type { ChatEvent, EventFamily } from "../../ports/events.ts";
import { previewOf } from "../log/preview.ts";
import { isOpen } from "../log/readable-ranges.ts";
import { visibleEntriesFor } from "../log/visibility.ts";

export interface EventDeps {
  /** Event families the deployment publishes. */
  readonly events: ReadonlySet<EventFamily>;
}

interface Committed {
  readonly conversation: string;
  readonly head: Pick<Head, "kind" | "title" | "epoch">;
  /** Ordered by seq. */
  readonly entries: readonly Entry[];
}

/** Size of an event's lists together, as JSON. SNS takes 256 KiB a message, and the adapter's escapes at most double the JSON. */
const EVENT_BYTES = 120 * 1024;

/** Builds the events about the entries themselves, no matter who reads them. */
export function committedEvents({ events }: EventDeps, committed: Committed): ChatEvent[] {
  const fields = conversationFields(committed);
  const chunks = events.has("message.committed") ? chunked(committed.entries, EVENT_BYTES) : [];
  return [
    ...chunks.map((entries): ChatEvent => ({ type: "message.committed", ...fields, entries })),
    ...(events.has("member") ? committed.entries.flatMap((entry) => memberEvents(fields, entry)) : []),
  ];
}

/**
 * Builds the events about users who can read the entries and have no connection; like their pushes, of what they may see.
 * `deliveredSeqs` says up to where they have been delivered, of those for whom that is known.
 */
export function undeliveredEvents(
  { events }: EventDeps,
  committed: Committed,
  offline: readonly Member[],
  deliveredSeqs: ReadonlyMap<string, number> = new Map(),
): ChatEvent[] {
  if (!events.has("message.undelivered")) return [];
  const messages = committed.entries.filter(
    ({ kind, deletedAtMs }) => isContent(kind) && deletedAtMs === undefined,
  );
  const byContent = new Map<string, { users: string[]; entries: Entry[]; isMember: boolean }>();
  for (const { user, muted, ranges } of offline) {
    if (muted) continue;
    const deliveredSeq = deliveredSeqs.get(user) ?? 0;
    const missed = messages.filter(({ seq, sender }) => seq > deliveredSeq && sender !== user);
    const entries = visibleEntriesFor(ranges, missed);
    if (entries.length === 0) continue;
    const isMember = isOpen(ranges);
    // All members see an entry alike. Those who have left may see what it was before.
    const key = isMember ? entries.map(({ seq }) => seq).join() : JSON.stringify(entries.map(previewOf));
    const group = byContent.get(key) ?? { users: [], entries, isMember };
    group.users.push(user);
    byContent.set(key, group);
  }
  const { title, ...others } = conversationFields(committed);
  return [...byContent.values()].flatMap(({ users, entries, isMember }) =>
    chunked(users, EVENT_BYTES / 2).flatMap((someUsers) =>
      chunked(entries.map(previewOf), EVENT_BYTES / 2).map(
        (some): ChatEvent => ({
          type: "message.undelivered",
          ...others,
          ...(title !== undefined && isMember && { title }),
          users: someUsers,
          messages: some,
        }),
      ),
    ),
  );
}

function conversationFields({ conversation, head: { kind, title, epoch } }: Committed) {
  return { conversation, kind, ...(title !== undefined && { title }), epoch };
}

function memberEvents(fields: ReturnType<typeof conversationFields>, entry: Entry): ChatEvent[] {
  const { kind, seq, sender, sentAtMs, body } = entry;
  const event = (type: "member.add" | "member.remove" | "member.leave", users: string[]): ChatEvent[] => [
    { type, ...fields, seq, sender, users, sentAtMs },
  ];
  switch (kind) {
    case "create":
      return event("member.add", [sender, ...(body as { members: string[] }).members]);
    case "member.add":
    case "member.remove":
      return event(kind, (body as { users: string[] }).users);
    case "member.leave":
      return event(kind, [sender]);
    default:
      return [];
  }
}

/** Splits a list into as few lists as possible of at most `maxBytes` as JSON. An item is never split. */
function chunked<Item>(items: readonly Item[], maxBytes: number): Item[][] {
  const chunks: Item[][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = utf8Bytes(JSON.stringify(item)) + 1;
    if (bytes > room) {
      chunks.push([]);
      room = maxBytes;
    }
    chunks.at(-1)?.push(item);
    room -= bytes;
  }
  return chunks;
}
