/** Strangers that a user may still write to and add. */
export interface Invitations {
  /**
   * Takes `count` invitations of a user for one purpose: the same `key` again takes nothing, at least not while it is
   * among the last 20. Returns undefined, or the milliseconds until there are enough; then nothing was taken.
   */
  take(
    user: string,
    invitation: { readonly key: string; readonly count: number },
    nowMs: number,
    signal: AbortSignal,
  ): Promise<number | undefined>;
}
