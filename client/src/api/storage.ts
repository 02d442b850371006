/**
 * Keeps strings by key beyond the life of a client, for several clients side by side (tabs, say). A method that rejects
 * is told as an error, and the client goes on without.
 */
export interface ClientStorage {
  /** Every pair whose key begins with `prefix`. */
  read(prefix: string): Promise<readonly (readonly [key: string, value: string])[]>;
  /** Resolves when it is kept, whatever happens next. `null`: the key is gone. Calls for one key count in their order. */
  write(key: string, value: string | null): Promise<void>;
  /**
   * A name that one client at a time may hold, for its life; a client that is gone holds nothing any more. Resolves to
   * how to let go of it; while another holds it, to undefined, or with `wait` not before it is free.
   *
   * @param wait aborts when there is no point in waiting any more
   */
  claim(name: string, wait?: AbortSignal): Promise<(() => void) | undefined>;
}
