import { StorageError } from "../api/errors.ts";
import type { Settings } from "../api/settings.ts";
import type { ClientStorage } from "../api/storage.ts";
import { deferred } from "../util/deferred.ts";
import type { QueueRecord } from "./queue-record.ts";
import type { SendQueue } from "./send-queue.ts";

export interface OutboxStoreOptions extends Pick<Settings, "clock" | "newId" | "timings"> {
  readonly storage: ClientStorage;
  /** Takes over a queue of an earlier client. Returns the queue that holds it now, if it had anything new. */
  readonly adopt: (record: QueueRecord) => SendQueue | undefined;
  /** Called when the storage fails, or keeps the client waiting; once, until something could be stored again. */
  readonly failed: (error: StorageError) => void;
}

/** The work that a failure of the storage concerns: storing own queues, or adopting those of others. */
type Work = "storing" | "adopting";

/**
 * Stores the outbox. Each client stores its own queues, so that several do not conflict, and adopts those of clients that
 * are gone. A frame is stored before it is sent, so that it is resent as the same frame after a reload.
 *
 * Nothing waits for a storage that failed, or did not answer in time, until it has stored something again. If it answers
 * late, work goes on where it stopped, with what is queued by then.
 */
export class OutboxStore {
  readonly #options: OutboxStoreOptions;
  readonly #owner: string;
  readonly #keys = new Map<SendQueue, string>();
  readonly #writes = new Map<SendQueue, Promise<boolean>>();
  readonly #dirty = new Set<SendQueue>();
  /** The last write of each queue that is being written, or could not be written. */
  readonly #unsaved = new Map<SendQueue, Promise<void>>();
  readonly #absorbedBy = new WeakMap<SendQueue, SendQueue>();
  readonly #waitingFor = new Set<string>();
  readonly #end = new AbortController();
  readonly #opened = deferred<string>();
  /** Work that failed or took too long when it was last tried. */
  readonly #failing = new Set<Work>();
  #isOpen = false;
  #clearing: Promise<void> | undefined;
  #adopting: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  constructor(options: OutboxStoreOptions) {
    this.#options = options;
    this.#owner = encodeURIComponent(options.newId());
  }

  /** Sets the user the outbox belongs to, and adopts abandoned queues of theirs. Calling it again is harmless. */
  open(user: string): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const prefix = keyPrefix(user);
    const claimed = this.#reportingFailure("storing", async () => {
      // Before anything is written: another client would adopt the queues of an owner without a claim at once.
      const release = await this.#options.storage.claim(prefix + this.#owner);
      if (release) this.#release = release;
    });
    void claimed.then(() => this.#opened.resolve(prefix));
    void this.adoptAbandoned();
  }

  /**
   * Stores a queue whose content has changed.
   *
   * @param into the queue that has absorbed it, if any
   */
  changed(queue: SendQueue, into?: SendQueue): void {
    if (into !== undefined) this.#absorbedBy.set(queue, into);
    if (this.#dirty.has(queue)) return;
    this.#dirty.add(queue);
    this.#enqueue(queue, async (prefix) => {
      this.#dirty.delete(queue);
      const key = this.#keys.get(queue) ?? `${prefix + this.#owner}:${this.#keys.size}`;
      this.#keys.set(queue, key);
      // Stored twice for a moment is better than not at all.
      const into = this.#absorbedBy.get(queue);
      if (into) await this.#writes.get(into);
      const isEmpty = queue.pending().length === 0;
      const { storage } = this.#options;
      const write = async () => storage.write(key, isEmpty ? null : JSON.stringify(queue.record()));
      const written = write();
      this.#unsaved.set(queue, written);
      await written;
      this.#unsaved.delete(queue);
      // A storage that is full can still delete.
      if (!isEmpty) this.#failing.delete("storing");
    });
  }

  /** Resolves when the current content of the queue is stored, or the storage fails; undefined if nothing is to wait for. */
  saved(queue: SendQueue): Promise<void> | undefined {
    const writing = this.#writes.get(queue);
    return writing && this.#unlessFailing("storing", writing);
  }

  /** Resolves when the current content of the queue was written, to false if that failed; undefined if it is already. */
  stored(queue: SendQueue): Promise<boolean> | undefined {
    return this.#writes.get(queue);
  }

  /** Leaves the stored queues to the next client. */
  close(): void {
    this.#end.abort();
    const release = () => this.#release();
    // After a pending `clear`, so that no other client adopts what is to be deleted.
    void this.#written()
      .then(() => this.#clearing)
      .then(release, release)
      .catch(() => {});
  }

  /**
   * Deletes everything stored for this user, by other clients too. Call `close` first. Rejects if that fails; if the
   * storage does not answer in time, everything is deleted when it does.
   */
  clear(): Promise<void> {
    const clearing = this.#deleteAll();
    this.#clearing = clearing;
    return this.#inTime(clearing);
  }

  async #deleteAll(): Promise<void> {
    const prefix = await this.#written();
    const { storage } = this.#options;
    if (prefix === undefined) return;
    for (const [key] of await storage.read(prefix)) await storage.write(key, null);
  }

  /**
   * Adopts queues of clients that are gone, and resolves, also if the storage fails; queues of live clients are adopted
   * when those are gone. Undefined if nothing is to wait for.
   */
  adoptAbandoned(): Promise<void> | undefined {
    // One run at a time: a second one could not claim what the first is still adopting, and would resolve too early.
    this.#adopting = this.#adopting.then(async () => {
      const prefix = await this.#opened.promise;
      await this.#reportingFailure("adopting", async () => {
        await this.#adoptAll(prefix);
        this.#failing.delete("adopting");
      });
    });
    return this.#unlessFailing("adopting", this.#adopting);
  }

  async #adoptAll(prefix: string): Promise<void> {
    for (const owner of await this.#otherOwners(prefix)) {
      const release = await this.#options.storage.claim(prefix + owner);
      if (release) await this.#adopt(prefix, owner, release);
      else void this.#reportingFailure("adopting", () => this.#adoptWhenFree(prefix, owner));
    }
  }

  async #adoptWhenFree(prefix: string, owner: string): Promise<void> {
    if (this.#waitingFor.has(owner)) return;
    this.#waitingFor.add(owner);
    try {
      const release = await this.#options.storage.claim(prefix + owner, this.#end.signal);
      if (release) await this.#adopt(prefix, owner, release);
    } finally {
      this.#waitingFor.delete(owner);
    }
  }

  async #adopt(prefix: string, owner: string, release: () => void): Promise<void> {
    try {
      const { storage, adopt } = this.#options;
      for (const [key, value] of await storage.read(`${prefix + owner}:`)) {
        if (this.#end.signal.aborted) return;
        // An unreadable record must not keep the others from being adopted.
        await this.#reportingFailure("adopting", async () => {
          const queue = adopt(JSON.parse(value) as QueueRecord);
          // Deleted there once stored here. A record that stays is adopted again, which adds nothing held already.
          const remove = () =>
            Promise.all(this.#unsaved.values()).then(
              () => storage.write(key, null),
              () => {},
            );
          await (queue ? this.#enqueue(queue, remove) : remove());
        });
      }
    } finally {
      release();
    }
  }

  async #otherOwners(prefix: string): Promise<Set<string>> {
    const pairs = await this.#options.storage.read(prefix);
    const owners = new Set(pairs.map(([key]) => key.slice(prefix.length).replace(/:.*/, "")));
    owners.delete(this.#owner);
    return owners;
  }

  /** Runs work for a queue after all earlier work for it. */
  #enqueue(queue: SendQueue, work: (prefix: string) => Promise<void>): Promise<boolean> {
    const before = this.#writes.get(queue);
    const done = this.#opened.promise.then(async (prefix) => {
      await before;
      await this.#reportingFailure("storing", () => work(prefix));
      if (this.#writes.get(queue) === done) this.#writes.delete(queue);
      return !this.#unsaved.has(queue);
    });
    this.#writes.set(queue, done);
    return done;
  }

  /** Resolves when everything is written, to the prefix of the user's keys; undefined if the user was never known. */
  async #written(): Promise<string | undefined> {
    if (!this.#isOpen) return undefined;
    // Without waiting for the claim, it would be taken after the release and held for ever.
    const prefix = await this.#opened.promise;
    await Promise.all(this.#writes.values());
    return prefix;
  }

  async #reportingFailure(kind: Work, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#reportFailure(kind, new StorageError(error));
    }
  }

  #reportFailure(kind: Work, error: StorageError): void {
    if (this.#failing.size === 0 && !this.#end.signal.aborted) this.#options.failed(error);
    this.#failing.add(kind);
  }

  /** Resolves with the work, which never rejects, or when it takes too long; undefined if it failed when last tried. */
  #unlessFailing(kind: Work, work: Promise<unknown>): Promise<void> | undefined {
    if (this.#failing.has(kind)) return undefined;
    return this.#inTime(work).catch((error: StorageError) => {
      this.#reportFailure(kind, error);
      // Storing waits for the same claim.
      this.#failing.add("storing");
    });
  }

  /** Settles as the work does. Rejects with StorageError if it fails or takes too long. */
  #inTime(work: Promise<unknown>): Promise<void> {
    const { clock, timings } = this.#options;
    const withinMs = timings.storageWithinMs;
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown) => reject(new StorageError(cause));
      const cancel = clock.after(withinMs, () => fail(new Error(`no answer within ${withinMs} ms`)));
      work.then(() => resolve(), fail).finally(cancel);
    });
  }
}

function keyPrefix(user: string): string {
  return `parley:${encodeURIComponent(user)}:`;
}
