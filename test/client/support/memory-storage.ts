import type { ClientStorage } from "../../../client/src/index.ts";

/** A storage that clients share. A client that crashes loses its claims and pending writes. */
export class MemoryStorage {
  readonly pairs = new Map<string, string>();
  readonly #holders = new Map<string, object>();
  readonly #waiting = new Set<() => void>();

  /** Returns the storage for one life of a client. */
  life(beforeWrite: () => Promise<void> = async () => {}): ClientStorage & { crash(): void } {
    const life = { dead: false };
    const alive = async () => {
      if (life.dead) await new Promise<never>(() => {});
    };
    return {
      read: async (prefix) => {
        await alive();
        return [...this.pairs].filter(([key]) => key.startsWith(prefix));
      },
      write: async (key, value) => {
        await beforeWrite();
        await alive();
        if (value === null) this.pairs.delete(key);
        else {
          this.pairs.set(key, value);
          this.wrote(value);
        }
      },
      claim: async (name, wait) => {
        await alive();
        while (this.#holders.has(name)) {
          if (wait === undefined || wait.aborted) return undefined;
          await new Promise<void>((resolve) => {
            this.#waiting.add(resolve);
            wait.addEventListener("abort", () => resolve());
          });
          await alive();
        }
        this.#holders.set(name, life);
        return () => this.#release((holder, held) => held === name && holder === life);
      },
      crash: () => {
        life.dead = true;
        this.#release((holder) => holder === life);
      },
    };
  }

  /** Called for every value written; for tests to override. */
  wrote(_value: string): void {}

  #release(matches: (holder: object, name: string) => boolean): void {
    for (const [name, holder] of [...this.#holders]) if (matches(holder, name)) this.#holders.delete(name);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
