/**
 * For an error that nobody here can handle, being a mistake in the application or in this client: it surfaces as
 * uncaught, and stops nothing else.
 */
export function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
