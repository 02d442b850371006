import type { Clock } from "../api/clock.ts";
import type { Entry } from "../api/entry.ts";
import { getOrAdd } from "../util/get-or-add.ts";

/** Said every 3 s while somebody types, it is shown for twice as long. */
const SHOWN_MS = 6_000;

/** Who is typing, by conversation. */
export class TypingIndicators {
  readonly #clock: Clock;
  readonly #changed: (conversation: string) => void;
  readonly #typing = new Map<string, Map<string, () => void>>();

  constructor(clock: Clock, changed: (conversation: string) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  of(conversation: string): string[] {
    return [...(this.#typing.get(conversation)?.keys() ?? [])];
  }

  note(conversation: string, user: string): void {
    const users = getOrAdd(this.#typing, conversation, () => new Map());
    users.get(user)?.();
    users.set(
      user,
      this.#clock.after(SHOWN_MS, () => this.#end(conversation, user)),
    );
    this.#changed(conversation);
  }

  /** What somebody has sent they type no more. */
  sent(conversation: string, entries: readonly Entry[]): void {
    for (const { sender } of entries) this.#end(conversation, sender);
  }

  stop(): void {
    for (const users of this.#typing.values()) for (const cancel of users.values()) cancel();
    this.#typing.clear();
  }

  #end(conversation: string, user: string): void {
    const users = this.#typing.get(conversation);
    users?.get(user)?.();
    if (users?.delete(user)) this.#changed(conversation);
  }
}
