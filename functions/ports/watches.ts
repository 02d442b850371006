/** A connection that watches a user's presence. */
export interface Watcher {
  readonly user: string;
  readonly connection: string;
  /** Conversation that the watcher has named. It may have been one that both are members of. */
  readonly conversation?: string | undefined;
}

export interface WatcherPage {
  readonly watchers: readonly Watcher[];
  /** Start of the next page, if there is one. */
  readonly next: string | undefined;
}

/** Registry of presence watches. Reads are strongly consistent. */
export interface Watches {
  /**
   * Replaces the users, at most 100, that the connection watches until `expiresAtMs`. The change is not atomic: a
   * call that threw may have left watches of both the old and the new set. The next successful call restores the
   * right set; it may leave an extra watch until `expiresAtMs`, but never misses one. Of two concurrent calls either
   * may win, in part.
   */
  replace(
    watcher: Watcher,
    users: readonly string[],
    expiresAtMs: number,
    signal: AbortSignal,
  ): Promise<void>;

  /**
   * Lists a page of a user's watchers, ordered by connection: after the connection `from`, and not beyond `until`. Leaves
   * out expired ones, even if the store still has them.
   */
  watchersOf(
    user: string,
    page: { readonly from: string | undefined; readonly until?: string | undefined; readonly limit: number },
    nowMs: number,
    signal: AbortSignal,
  ): Promise<WatcherPage>;

  /** Returns those of the connections that watch the user, without expired ones. At most 100. */
  watching(
    user: string,
    connections: readonly string[],
    nowMs: number,
    signal: AbortSignal,
  ): Promise<readonly Watcher[]>;

  /** Removes watches of a user by others, and the user's own watches, some at a time. Returns their number; 0: none is left. */
  removeAll(user: string, signal: AbortSignal): Promise<number>;

  /** Removes one watch; a missing watch is no error. */
  remove(user: string, connection: string, signal: AbortSignal): Promise<void>;
}
