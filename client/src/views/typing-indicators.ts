import type { Clock } from "../api/clock.ts";
import type { Entry } from "../api/entry.ts";
import { getOrAdd } from "../util/get-or-add.ts";

/** Clients send `typing` every 3 s; each one is shown for twice as long. */
const SHOWN_MS = 6_000;

/** The users who are typing, by conversation. */
export class TypingIndicators {
  readonly #clock: Clock;
  readonly #changed: (conversation: string) => void;
  readonly #typing = new Map<string, Map<string, () => void>>();

  constructor(clock: Clock, changed: (conversation: string) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Returns the users who are typing in a conversation. */
  typingIn(conversation: string): string[] {
    return [...(this.#typing.get(conversation)?.keys() ?? [])];
  }

  started(conversation: string, user: string): void {
    const users = getOrAdd(this.#typing, conversation, () => new Map());
    users.get(user)?.();
    users.set(
      user,
      this.#clock.after(SHOWN_MS, () => this.#remove(conversation, user)),
    );
    this.#changed(conversation);
  }

  /** Removes the senders of these entries: they have finished typing. */
  entriesReceived(conversation: string, entries: readonly Entry[]): void {
    for (const { sender } of entries) this.#remove(conversation, sender);
  }

  stop(): void {
    for (const users of this.#typing.values()) for (const cancel of users.values()) cancel();
    this.#typing.clear();
  }

  #remove(conversation: string, user: string): void {
    const users = this.#typing.get(conversation);
    users?.get(user)?.();
    if (users?.delete(user)) this.#changed(conversation);
  }
}
