/** Returns a signal that aborts with `signal`, or when the budget is spent. */
export function withTimeout(budgetMs: number, signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(budgetMs)]);
}
