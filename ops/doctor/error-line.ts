/** An error in one line, with the cause that fetch and the SDK hide behind "failed". */
export function errorLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, name, cause } = error;
  const own = message || name;
  return cause instanceof Error && cause.message ? `${own}: ${cause.message}` : own;
}
