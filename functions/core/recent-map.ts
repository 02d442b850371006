/** A map of at most `maxKeys` keys: those set longest ago are forgotten. */
export class RecentMap<V> {
  readonly #maxKeys: number;
  /** In the order in which they were set. */
  readonly #values = new Map<string, V>();

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: V): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#maxKeys && oldest !== undefined) this.#values.delete(oldest);
  }
}
