/** What the variable of the allowed origins says when no list is configured: a variable is never empty. */
export const ANY_ORIGIN = "*";

/** The value of the variable: origins separated by commas. */
export function originsVariable(origins: readonly string[]): string {
  return origins.length === 0 ? ANY_ORIGIN : origins.join(",");
}
