import type { Inbox } from "../../ports/inbox.ts";
import { RecentMap } from "../shared/rate-limit.ts";

const MAX_CONVERSATIONS = 10_000;

/**
 * Remembers how far logs reach at least, for the conversations asked about last. Logs only grow, so a cursor up to there
 * needs no read: one head is read for each new entry, and not for each receipt.
 */
export class LogEnds {
  readonly #lastSeqs = new RecentMap<number>(MAX_CONVERSATIONS);

  /** Returns the seq, or the end of the log if that is before it; 0 if the log has no entry. */
  async clamped(
    inbox: Pick<Inbox, "heads">,
    { conversation, seq }: { readonly conversation: string; readonly seq: number },
    signal: AbortSignal,
  ): Promise<number> {
    if (seq <= (this.#lastSeqs.get(conversation) ?? 0)) return seq;
    const head = (await inbox.heads([conversation], signal)).get(conversation);
    const lastSeq = head?.lastSeq ?? 0;
    this.#lastSeqs.set(conversation, lastSeq);
    return Math.min(seq, lastSeq);
  }
}
