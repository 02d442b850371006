/** What may be logged of any error: messages of SDKs and parsers can quote what they were given. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
