const DEFAULT_ROUTE = "$default";
const SELECTION = /^\$request\.body\.(\w+)$/;

/**
 * The route key of a message. What is no JSON object, lacks the property, names no route or a predefined one
 * (`$connect`, `$disconnect`, `$default`) is for the default route.
 */
export function selectRoute(
  text: string,
  selection: string,
  routes: Readonly<Record<string, unknown>>,
): string {
  const property = SELECTION.exec(selection)?.[1];
  if (property === undefined) throw new Error(`route selection ${selection} is not understood`);
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
