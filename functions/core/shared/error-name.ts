/** Returns the part of an error that is safe to log: messages of SDKs and parsers can quote their input. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
