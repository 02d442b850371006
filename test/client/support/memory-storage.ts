import type { ClientStorage } from "../../../client/src/index.ts";

/** Any number of clients may share it; one that crashed is gone, with its claims and what was not yet written. */
export class MemoryStorage {
  readonly pairs = new Map<string, string>();
  readonly #holders = new Map<string, object>();
  readonly #waiting = new Set<() => void>();

  /** The storage as one life of a client sees it. */
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
        return () => this.#letGo((holder, held) => held === name && holder === life);
      },
      crash: () => {
        life.dead = true;
        this.#letGo((holder) => holder === life);
      },
    };
  }

  /** For tests that look. */
  wrote(_value: string): void {}

  #letGo(goes: (holder: object, name: string) => boolean): void {
    for (const [name, holder] of [...this.#holders]) if (goes(holder, name)) this.#holders.delete(name);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
