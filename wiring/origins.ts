/** Value of the allowed-origins variable when no list is configured. A variable must not be empty. */
export const ANY_ORIGIN = "*";

/** Returns the value of the allowed-origins variable: origins separated by commas. */
export function originsVariable(origins: readonly string[]): string {
  return origins.length === 0 ? ANY_ORIGIN : origins.join(",");
}
