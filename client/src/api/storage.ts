/**
 * Keeps strings by key beyond the life of a client, shared by several clients at a time (such as tabs). If a method
 * rejects, throws, or does not answer within `timings.storageWithinMs`, the client emits an error and continues in
 * memory. A call that is late takes effect when it answers.
 */
export interface ClientStorage {
  /** Resolves to every pair whose key begins with `prefix`. */
  read(prefix: string): Promise<readonly (readonly [key: string, value: string])[]>;
  /** Resolves when the value is durable. `null` deletes the key. Calls for one key take effect in their order. */
  write(key: string, value: string | null): Promise<void>;
  /**
   * Takes a lock that one client at a time may hold. It is released with the returned function, or when its holder is
   * gone. While another client holds it, resolves to undefined; with `wait`, only once the lock is free.
   *
   * @param wait waits for the lock until this signal aborts, then resolves to undefined
   */
  claim(name: string, wait?: AbortSignal): Promise<(() => void) | undefined>;
}
