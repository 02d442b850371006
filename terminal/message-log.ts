import type { Entry } from "../client/src/index.ts";

/** The entries of one conversation this terminal has got, and how far up they have been shown. */
export class MessageLog {
  #entries: Entry[] = [];
  #shownFrom: number | undefined;

  append(entries: readonly Entry[]): void {
    this.#entries.push(...entries);
  }

  /** These, just appended, are on the screen already. */
  shown(entries: readonly Entry[]): void {
    this.#shownFrom ??= entries[0]?.seq;
  }

  prepend(entries: readonly Entry[]): void {
    this.#entries.unshift(...entries);
  }

  clear(): void {
    this.#entries = [];
    this.#shownFrom = undefined;
  }

  /** The newest entries, to begin a screen with. */
  newest(count: number): readonly Entry[] {
    return this.#show(this.#entries.slice(-count));
  }

  /** How many there are above what has been shown. */
  get unshown(): number {
    return this.#above().length;
  }

  /** Those right above what has been shown. */
  older(count: number): readonly Entry[] {
    return this.#show(this.#above().slice(-count));
  }

  #above(): Entry[] {
    const from = this.#shownFrom;
    return from === undefined ? this.#entries : this.#entries.filter(({ seq }) => seq < from);
  }

  #show(entries: readonly Entry[]): readonly Entry[] {
    this.#shownFrom = entries[0]?.seq ?? this.#shownFrom;
    return entries;
  }
}
