import type { Conversation } from "../../ports/conversation-log.ts";
import { isOpen } from "../log/readable-ranges.ts";
import { RecentMap } from "../shared/rate-limit.ts";

const MAX_CONVERSATIONS = 1_000;
/** Time for which a conversation is remembered: a moment, because others write it too. */
const RECENT_MS = 2_000;

/**
 * Conversations as this environment wrote them a moment ago. One of them saves the read in front of an append, whose
 * condition fails if another writer has been there. It must lead to nothing else: what is answered without a write is
 * read.
 */
export class RecentConversations {
  readonly #views = new RecentMap<{ view: Conversation; untilMs: number } | undefined>(MAX_CONVERSATIONS);

  get(conversation: string, nowMs: number): Conversation | undefined {
    const recent = this.#views.get(conversation);
    return recent !== undefined && recent.untilMs > nowMs ? recent.view : undefined;
  }

  /** Remembers a conversation after a successful write of it. */
  put(conversation: string, view: Conversation, nowMs: number): void {
    // Of a large group, only the members of one batch are known.
    if (!view.complete) return;
    const members = view.members.filter(({ ranges }) => isOpen(ranges));
    this.#views.set(conversation, { view: { ...view, members }, untilMs: nowMs + RECENT_MS });
  }

  /** Notes that the events about the entries up to this one are published. */
  announced(conversation: string, seq: number): void {
    const recent = this.#views.get(conversation);
    if (recent === undefined || recent.view.head.lastSeq !== seq) return;
    const { head, ...rest } = recent.view;
    const view = { ...rest, head: { ...head, announcedSeq: seq } };
    this.#views.set(conversation, { ...recent, view });
  }

  forget(conversation: string): void {
    this.#views.set(conversation, undefined);
  }
}
