import fc from "fast-check";
import { canRead } from "../../../functions/core/log/readable-ranges.ts";
import { visibleEntries } from "../../../functions/core/log/retention.ts";
import { MemoryLog, MemoryStore } from "../../support/memory-ports.ts";
import { CONVERSATION, intervalsWithin, segmentsOf, viewOf } from "./logs.ts";

const KINDS = ["text", "x.poll", "edit", "reaction", "member.add", "create"];

/**
 * A log whose oldest part may be hidden or deleted and whose newest may be in the head, the intervals a user may read,
 * and the entries they can read.
 */
export const readableLog = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 20 }),
    kinds: fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 40 }),
    senders: fc.array(fc.constantFrom("alice", "bob"), { minLength: 1, maxLength: 7 }),
    boundaries: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 }),
    sinceMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 })),
    deletedSegments: fc.nat(3),
    hasTail: fc.boolean(),
    page: fc.integer({ min: 1, max: 6 }),
  })
  .map(({ sizes, kinds, senders, boundaries, sinceMs, deletedSegments, hasTail, page }) => {
    const parts = segmentsOf(sizes, (seq) => ({
      kind: kinds[seq % kinds.length] ?? "text",
      sender: senders[seq % senders.length] ?? "alice",
      body: { text: "t".repeat((seq * 37) % 200) },
      ...(seq % 11 === 0 && { deletedAtMs: 1 }),
    }));
    const lastSeq = sizes.reduce((sum, size) => sum + size, 0);
    const lastDeleted = parts.slice(0, deletedSegments).at(-1)?.entries.at(-1)?.seq ?? 0;
    const window = { sinceMs: Math.max(sinceMs, lastDeleted + 1), nowMs: 1_000 };
    const kept = parts.slice(deletedSegments);
    const visible = visibleEntries({ segments: kept, complete: true }, window);
    const intervals = intervalsWithin(boundaries, lastSeq);
    const all = visible.filter(({ seq }) => canRead(intervals, seq));
    const tail = hasTail ? (kept.pop()?.entries ?? []) : [];
    const store = new MemoryStore();
    for (const segment of kept) store.put(CONVERSATION, segment);
    const view = viewOf(new MemoryLog(store, undefined, page), lastSeq, tail);
    return { view, intervals, window, all };
  });
