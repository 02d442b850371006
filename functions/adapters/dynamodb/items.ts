import type { Entry } from "../../../protocol/index.ts";
import { TABLE } from "../../../wiring/manifest.ts";
import type { Head, Member, Segment } from "../../ports/conversation-log.ts";
import type { InboxRow } from "../../ports/inbox.ts";
import { decodeDedupWindow, encodeDedupWindow } from "./dedup-codec.ts";
import { headKey, INBOX_PREFIX, segmentKey } from "./keys.ts";

/** An item as the document client reads and writes it. */
export type Item = Record<string, unknown>;

/** Returns all attributes of a head except its key; the client leaves out `undefined` ones. */
export function headAttributes({ decided, ...rest }: Head) {
  return { ...rest, decided: encodeDedupWindow(decided) };
}

export function headItem(conversation: string, head: Head): Item {
  return { ...headKey(conversation), ...headAttributes(head) };
}

export function headOf({ pk: _pk, sk: _sk, ...item }: Item): Head {
  const { decided, ...rest } = item as unknown as ReturnType<typeof headAttributes>;
  return { ...rest, decided: decodeDedupWindow(decided) };
}

/**
 * Stores entries as JSON text: smaller than attributes, and nested as deep as a client likes. The seq is in the key.
 */
export function segmentItem(conversation: string, { entries, decided, expiresAtMs }: Segment): Item {
  const [first] = entries;
  if (first === undefined) throw new RangeError("a segment has entries");
  return {
    ...segmentKey(conversation, first.seq),
    firstSeq: first.seq,
    entries: JSON.stringify(entries.map(({ seq: _, ...entry }) => entry)),
    decided: encodeDedupWindow(decided),
    ...(expiresAtMs !== undefined && { expiresAtMs, [TABLE.ttl]: Math.ceil(expiresAtMs / 1000) }),
  };
}

export function segmentOf(item: Item): Segment {
  const { firstSeq, entries, decided, expiresAtMs } = item as {
    firstSeq: number;
    entries: string;
    decided: string;
    expiresAtMs?: number;
  };
  const parsed = JSON.parse(entries) as Omit<Entry, "seq">[];
  return {
    entries: parsed.map((entry, index) => ({ seq: firstSeq + index, ...entry }) as Entry),
    decided: decodeDedupWindow(decided),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  };
}

export function memberOf({ user, role, ranges, blocked, muted }: Item): Member {
  const member = { user, role, ranges } as Member;
  return { ...member, ...(blocked === true && { blocked }), ...(muted === true && { muted }) };
}

export function inboxRowOf({ pk: _pk, sk, ...rest }: Item): InboxRow {
  return { conversation: String(sk).slice(INBOX_PREFIX.length), ...rest } as InboxRow;
}
