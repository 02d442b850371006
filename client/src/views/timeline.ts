import { countsAsUnread, isRewrite } from "../../../protocol/kinds.ts";
import type { Entry } from "../api/entry.ts";
import { applyChange, applyErased, targetSeq } from "./apply-change.ts";

/** A conversation without subscribers is trimmed to this many entries when it has twice as many. */
const UNWATCHED_ENTRIES = 500;

/** The entries of one conversation in their current state, without those that only change another entry. */
export class Timeline {
  #entries: Entry[] = [];
  /** Changes received while older entries are being loaded, which may not include them yet. */
  #changesWhileLoading: Entry[] | undefined;

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Appends entries in the order of the log, and applies changes. */
  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (!isRewrite(entry.kind)) {
        this.#entries.push(entry);
        if (entry.kind !== "erased") continue;
      }
      this.#changesWhileLoading?.push(entry);
      this.#applyChange(entry);
    }
  }

  /** Loads older entries with `fetch` and inserts them. */
  async load<R extends { readonly entries: readonly Entry[] }>(fetch: () => Promise<R>): Promise<R> {
    const changes: Entry[] = this.#changesWhileLoading ?? [];
    this.#changesWhileLoading = changes;
    try {
      const older = await fetch();
      const first = this.#entries[0]?.seq ?? Number.POSITIVE_INFINITY;
      const entries = older.entries.filter(({ seq, kind }) => seq < first && !isRewrite(kind));
      this.#entries = [...entries, ...this.#entries];
      for (const change of changes) this.#applyChange(change);
      return older;
    } finally {
      if (this.#changesWhileLoading === changes) this.#changesWhileLoading = undefined;
    }
  }

  /** Drops the entries before `seq`. */
  forgetBefore(seq: number): void {
    if ((this.#entries[0]?.seq ?? seq) < seq)
      this.#entries = this.#entries.filter((entry) => entry.seq >= seq);
  }

  /** The seq before which entries should be dropped, if there are too many. */
  get trimBeforeSeq(): number | undefined {
    return this.#entries.length > 2 * UNWATCHED_ENTRIES
      ? this.#entries.at(-UNWATCHED_ENTRIES)?.seq
      : undefined;
  }

  clear(): void {
    this.#entries = [];
  }

  /** Counts the unread entries of others in a range of the log. */
  countUnread(user: string | undefined, afterSeq: number, upToSeq = Number.POSITIVE_INFINITY): number {
    return this.#entries.filter(
      ({ seq, sender, kind, deletedAtMs }) =>
        seq > afterSeq &&
        seq <= upToSeq &&
        sender !== user &&
        countsAsUnread(kind) &&
        deletedAtMs === undefined,
    ).length;
  }

  #applyChange(change: Entry): void {
    if (change.kind === "erased") {
      this.#entries = this.#entries.map((held) => applyErased(held, change));
      return;
    }
    const index = this.#entries.findLastIndex(({ seq }) => seq === targetSeq(change));
    const held = this.#entries[index];
    if (held !== undefined) this.#entries[index] = applyChange(held, change);
  }
}
