/** A connection that wants to know of somebody's presence. */
export interface Watcher {
  readonly user: string;
  readonly connection: string;
}

export interface WatcherPage {
  readonly watchers: readonly Watcher[];
  /** Where the next page begins, if there is one. */
  readonly next: string | undefined;
}

/** Who watches whom. Reads are strongly consistent. */
export interface Watches {
  /**
   * Makes exactly these users, at most 100, those that the connection watches until `expiresAtMs`. Not atomic: one
   * that threw may have left watches of the old set and the new one; the next that succeeds puts the new set right, and
   * may leave a watch too many until `expiresAtMs`, never one too few. Of two at once either may win, in part.
   */
  replace(
    watcher: Watcher,
    users: readonly string[],
    expiresAtMs: number,
    signal: AbortSignal,
  ): Promise<void>;

  /** Those that watch a user, without the ones whose time has passed, whether the store still holds them or not. */
  watchersOf(
    user: string,
    page: { readonly from: string | undefined; readonly limit: number },
    nowMs: number,
    signal: AbortSignal,
  ): Promise<WatcherPage>;

  /** Forgets one watch; one that is not there is no error. */
  remove(user: string, connection: string, signal: AbortSignal): Promise<void>;
}
