const DEFAULT_ROUTE = "$default";
const SELECTION = /^\$request\.body\.(\w+)$/;

/**
 * Returns the route key of a message. The default route takes a message that is not a JSON object, lacks the property,
 * or names no route or a predefined one (`$connect`, `$disconnect`, `$default`).
 */
export function selectRoute(
  text: string,
  selection: string,
  routes: Readonly<Record<string, unknown>>,
): string {
  const property = SELECTION.exec(selection)?.[1];
  if (property === undefined)
    throw new Error(`route selection ${selection} is not supported: use $request.body.<property>`);
  const key = readProperty(text, property);
  if (typeof key !== "string" || key.startsWith("$") || !Object.hasOwn(routes, key)) return DEFAULT_ROUTE;
  return key;
}

function readProperty(text: string, property: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, property)) return undefined;
    return (value as Record<string, unknown>)[property];
  } catch {
    return undefined; // Not JSON.
  }
}
