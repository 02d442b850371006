import { countsAsUnread, isRewrite } from "../../../protocol/kinds.ts";
import type { Entry } from "../api/entry.ts";
import { applyChange, target } from "./apply-change.ts";

/** So many entries are held of a conversation nobody looks at, or twice as many. */
const UNWATCHED = 500;

/** The entries of one conversation as they are now, without those that only change another. */
export class Timeline {
  #entries: Entry[] = [];
  /** While older entries are on their way: what changes of them, for they may be as they were before. */
  #changes: Entry[] | undefined;

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Entries as they come out of the log, in its order. */
  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (!isRewrite(entry.kind)) {
        this.#entries.push(entry);
        continue;
      }
      this.#changes?.push(entry);
      this.#change(entry);
    }
  }

  /** Loads what comes before; `fetch` tells. */
  async load<R extends { readonly entries: readonly Entry[] }>(fetch: () => Promise<R>): Promise<R> {
    const changes: Entry[] = this.#changes ?? [];
    this.#changes = changes;
    try {
      const older = await fetch();
      const first = this.#entries[0]?.seq ?? Number.POSITIVE_INFINITY;
      const entries = older.entries.filter(({ seq, kind }) => seq < first && !isRewrite(kind));
      this.#entries = [...entries, ...this.#entries];
      for (const change of changes) this.#change(change);
      return older;
    } finally {
      if (this.#changes === changes) this.#changes = undefined;
    }
  }

  /** Lets go of what lies before `seq`. */
  forgetBefore(seq: number): void {
    if ((this.#entries[0]?.seq ?? seq) < seq)
      this.#entries = this.#entries.filter((entry) => entry.seq >= seq);
  }

  /** The seq before which entries should be let go of, if there are too many. */
  get excess(): number | undefined {
    return this.#entries.length > 2 * UNWATCHED ? this.#entries.at(-UNWATCHED)?.seq : undefined;
  }

  clear(): void {
    this.#entries = [];
  }

  /** Others' entries in a range of the log that count as unread. */
  unread(user: string | undefined, afterSeq: number, upToSeq = Number.POSITIVE_INFINITY): number {
    return this.#entries.filter(
      ({ seq, sender, kind, deletedAtMs }) =>
        seq > afterSeq &&
        seq <= upToSeq &&
        sender !== user &&
        countsAsUnread(kind) &&
        deletedAtMs === undefined,
    ).length;
  }

  #change(change: Entry): void {
    const index = this.#entries.findLastIndex(({ seq }) => seq === target(change));
    const held = this.#entries[index];
    if (held !== undefined) this.#entries[index] = applyChange(held, change);
  }
}
