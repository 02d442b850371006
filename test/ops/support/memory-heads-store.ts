import type { HeadsStore } from "../../../ops/doctor/heads/heads-store.ts";
import { segmentFacts } from "../../../ops/doctor/heads/log-facts.ts";
import type { StoredConversation } from "../../../ops/doctor/heads/stored-conversation.ts";
import { MemoryLog, type MemoryStore } from "../../support/memory-ports.ts";

/** The doctor's table over plain maps. */
export class MemoryHeadsStore implements HeadsStore {
  readonly log: MemoryLog;
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
    this.log = new MemoryLog(store);
  }

  async read(conversation: string): Promise<StoredConversation> {
    const store = this.#store;
    const rows = [...store.inbox].flatMap(([user, of]) => {
      const row = of.get(conversation);
      return row === undefined ? [] : [[user, row] as const];
    });
    return {
      conversation,
      head: store.heads.get(conversation),
      members: store.membersOf(conversation),
      segments: store
        .segmentsBetween(conversation, 1, Number.MAX_SAFE_INTEGER)
        .flatMap((segment) => segmentFacts(segment) ?? []),
      rows: new Map(rows),
      unreadable: [],
    };
  }

  async segment(conversation: string, firstSeq: number) {
    return this.#store.segment(conversation, firstSeq);
  }

  async deleteSegment(conversation: string, firstSeq: number, headVersion: string): Promise<void> {
    const segment = this.#store.segment(conversation, firstSeq);
    if (segment?.headVersion === headVersion) this.#store.segments.get(conversation)?.delete(firstSeq);
  }
}
