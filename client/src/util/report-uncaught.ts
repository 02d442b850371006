/**
 * Reports an error that cannot be handled here, a mistake in the application or in this client, as uncaught. Nothing
 * else stops.
 */
export function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
