import type { PresenceMessage, PresenceTopic } from "../../functions/ports/presence-topic.ts";
import type { Watcher, WatcherPage, Watches } from "../../functions/ports/watches.ts";
import type { Step } from "./interleaving.ts";

const immediately: Step = () => Promise.resolve();

/** By watched user, then by connection. */
export type WatchStore = Map<string, Map<string, StoredWatch>>;

interface StoredWatch {
  readonly user: string;
  readonly conversation?: string | undefined;
  readonly expiresAtMs: number;
}

export class MemoryWatches implements Watches {
  readonly #store: WatchStore;
  readonly #step: Step;

  constructor(store: WatchStore = new Map(), step: Step = immediately) {
    this.#store = store;
    this.#step = step;
  }

  async replace(
    { user, connection, conversation }: Watcher,
    users: readonly string[],
    expiresAtMs: number,
  ): Promise<void> {
    await this.#step("replaceWatches");
    for (const watchers of this.#store.values()) watchers.delete(connection);
    for (const watched of users) {
      const watchers = this.#store.get(watched) ?? new Map();
      this.#store.set(watched, watchers.set(connection, { user, conversation, expiresAtMs }));
    }
  }

  async watchersOf(
    user: string,
    { from = "", until, limit }: { from: string | undefined; until?: string | undefined; limit: number },
    nowMs: number,
  ): Promise<WatcherPage> {
    await this.#step("watchersOf");
    const rows = [...(this.#store.get(user) ?? [])]
      .filter(([connection]) => connection > from && (until === undefined || connection <= until))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const page = rows.slice(0, limit);
    const watchers = liveWatchers(page, nowMs);
    return { watchers, next: rows.length > limit ? page.at(-1)?.[0] : undefined };
  }

  async watching(user: string, connections: readonly string[], nowMs: number): Promise<Watcher[]> {
    await this.#step("watching");
    const rows = [...(this.#store.get(user) ?? [])];
    return liveWatchers(
      rows.filter(([connection]) => connections.includes(connection)),
      nowMs,
    );
  }

  async removeAll(user: string): Promise<number> {
    await this.#step("removeAllWatches");
    let count = this.#store.get(user)?.size ?? 0;
    this.#store.delete(user);
    for (const watchers of this.#store.values()) {
      for (const [connection, watch] of watchers) {
        if (watch.user === user && watchers.delete(connection)) count += 1;
      }
    }
    return count;
  }

  async remove(user: string, connection: string): Promise<void> {
    await this.#step("removeWatch");
    this.#store.get(user)?.delete(connection);
  }
}

function liveWatchers(rows: readonly (readonly [string, StoredWatch])[], nowMs: number): Watcher[] {
  return rows
    .filter(([, { expiresAtMs }]) => expiresAtMs > nowMs)
    .map(([connection, { user, conversation }]) => ({
      user,
      connection,
      ...(conversation !== undefined && { conversation }),
    }));
}

/** Keeps the published messages. */
export class MemoryPresenceTopic implements PresenceTopic {
  readonly messages: PresenceMessage[] = [];
  readonly #step: Step;

  constructor(step: Step = immediately) {
    this.#step = step;
  }

  async publish(message: PresenceMessage): Promise<void> {
    await this.#step("publishPresence");
    this.messages.push(message);
  }
}
