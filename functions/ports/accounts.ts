/** Accounts of users who are being erased, beside their leases. */
export interface Accounts {
  /**
   * Notes that a user is being erased: from now on no connection is registered. Returns the tombstone, which is the given
   * one unless an earlier call has chosen another.
   */
  begin(user: string, tombstone: string, signal: AbortSignal): Promise<string>;

  /**
   * Removes everything that is known of a user, except what refuses the tokens of before and orders presence; the store
   * forgets that by itself after some time. Does nothing unless the erasure with this tombstone is under way.
   */
  end(user: string, tombstone: string, nowMs: number, signal: AbortSignal): Promise<void>;
}
