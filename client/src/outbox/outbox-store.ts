import type { ClientStorage } from "../api/storage.ts";
import type { QueueRecord } from "./queue-record.ts";
import type { SendQueue } from "./send-queue.ts";

export interface OutboxStoreOptions {
  readonly storage: ClientStorage;
  readonly newId: () => string;
  /** What an earlier client of this user left. */
  readonly adopt: (record: QueueRecord) => SendQueue | undefined;
  readonly failed: (error: unknown) => void;
}

/**
 * Keeps the outbox: every client its own lanes, so that several do not fight; and takes over those of clients that are
 * gone. That a frame is kept before it is sent is what makes its resend the same frame after a reload.
 */
export class OutboxStore {
  readonly #options: OutboxStoreOptions;
  readonly #owner: string;
  readonly #keys = new Map<SendQueue, string>();
  readonly #writes = new Map<SendQueue, Promise<void>>();
  readonly #dirty = new Set<SendQueue>();
  /** Those that are being written, or whose last write failed. */
  readonly #unkept = new Set<SendQueue>();
  readonly #absorbedBy = new WeakMap<SendQueue, SendQueue>();
  readonly #waitingFor = new Set<string>();
  readonly #end = new AbortController();
  readonly #opened = Promise.withResolvers<string>();
  #isOpen = false;
  #forgetting: Promise<void> | undefined;
  #looked: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  constructor(options: OutboxStoreOptions) {
    this.#options = options;
    this.#owner = encodeURIComponent(options.newId());
  }

  /** From here on it is known whose outbox it is; what was left is adopted. Again is no error. */
  open(user: string): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const prefix = prefixOf(user);
    const claimed = this.#guard(async () => {
      // First: what is written by nobody might be adopted at once.
      const release = await this.#options.storage.claim(prefix + this.#owner);
      if (release) this.#release = release;
    });
    void claimed.then(() => this.#opened.resolve(prefix));
    void this.lookAround();
  }

  /**
   * What the lane holds is to be kept.
   *
   * @param into another that has absorbed it
   */
  changed(lane: SendQueue, into?: SendQueue): void {
    if (into !== undefined) this.#absorbedBy.set(lane, into);
    if (this.#dirty.has(lane)) return;
    this.#dirty.add(lane);
    this.#then(lane, async (prefix) => {
      this.#dirty.delete(lane);
      const key = this.#keys.get(lane) ?? `${prefix + this.#owner}:${this.#keys.size}`;
      this.#keys.set(lane, key);
      // Kept twice for a moment is better than not at all.
      const into = this.#absorbedBy.get(lane);
      if (into) await this.#writes.get(into);
      const waits = lane.pending().length > 0;
      this.#unkept.add(lane);
      await this.#options.storage.write(key, waits ? JSON.stringify(lane.record()) : null);
      this.#unkept.delete(lane);
    });
  }

  /** Resolves when what the lane holds now is kept; undefined: it is. */
  kept(lane: SendQueue): Promise<void> | undefined {
    return this.#writes.get(lane);
  }

  /** Leaves what is kept to the next client. */
  close(): void {
    this.#end.abort();
    const letGo = () => this.#release();
    // What is to be forgotten is so before another may take it over.
    void this.#settled()
      .then(() => this.#forgetting)
      .then(letGo, letGo);
  }

  /** Forgets everything of this user, of other clients too; to be called when it has been closed. */
  clear(): Promise<void> {
    this.#forgetting = this.#forget();
    return this.#forgetting;
  }

  async #forget(): Promise<void> {
    const prefix = await this.#settled();
    const { storage } = this.#options;
    if (prefix === undefined) return;
    for (const [key] of await storage.read(prefix)) await storage.write(key, null);
  }

  /** Adopts what clients left that are gone; and of others, when they are. Resolves when the former is done. */
  lookAround(): Promise<void> {
    // One at a time: what one has claimed is nobody's to the other, and not adopted yet.
    this.#looked = this.#looked.then(async () => {
      const prefix = await this.#opened.promise;
      await this.#guard(() => this.#lookAround(prefix));
    });
    return this.#looked;
  }

  async #lookAround(prefix: string): Promise<void> {
    for (const owner of await this.#others(prefix)) {
      const release = await this.#options.storage.claim(prefix + owner);
      if (release) await this.#adopt(prefix, owner, release);
      else void this.#guard(() => this.#waitFor(prefix, owner));
    }
  }

  async #waitFor(prefix: string, owner: string): Promise<void> {
    if (this.#waitingFor.has(owner)) return;
    this.#waitingFor.add(owner);
    const release = await this.#options.storage.claim(prefix + owner, this.#end.signal);
    if (release) await this.#adopt(prefix, owner, release);
    this.#waitingFor.delete(owner);
  }

  async #adopt(prefix: string, owner: string, release: () => void): Promise<void> {
    try {
      const { storage, adopt } = this.#options;
      for (const [key, value] of await storage.read(`${prefix + owner}:`)) {
        if (this.#end.signal.aborted) return;
        // What cannot be read keeps nobody from the rest.
        await this.#guard(async () => {
          const lane = adopt(JSON.parse(value) as QueueRecord);
          // Kept here before it is gone there. What stays is adopted again, which adds nothing that is here already.
          const drop = async () => {
            if (this.#unkept.size === 0) await storage.write(key, null);
          };
          await (lane ? this.#then(lane, drop) : drop());
        });
      }
    } finally {
      release();
    }
  }

  async #others(prefix: string): Promise<Set<string>> {
    const pairs = await this.#options.storage.read(prefix);
    const owners = new Set(pairs.map(([key]) => key.slice(prefix.length).replace(/:.*/, "")));
    owners.delete(this.#owner);
    return owners;
  }

  /** After what was to be done for the lane before. */
  #then(lane: SendQueue, work: (prefix: string) => Promise<void>): Promise<void> {
    const before = this.#writes.get(lane);
    const done = this.#opened.promise.then(async (prefix) => {
      await before;
      await this.#guard(() => work(prefix));
      if (this.#writes.get(lane) === done) this.#writes.delete(lane);
    });
    this.#writes.set(lane, done);
    return done;
  }

  /** Resolves to the prefix of the user's keys, if it was ever known, when everything is written. */
  async #settled(): Promise<string | undefined> {
    if (!this.#isOpen) return undefined;
    // Else there is nothing to let go of yet, and it would be held for ever.
    const prefix = await this.#opened.promise;
    await Promise.all(this.#writes.values());
    return prefix;
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#end.signal.aborted) this.#options.failed(error);
    }
  }
}

function prefixOf(user: string): string {
  return `parley:${encodeURIComponent(user)}:`;
}
