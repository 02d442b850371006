/** Returns the ids of the entries that a frame or record of any type refers to; an empty list if there are none. */
export function entryIdsOf(text: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  if (typeof value !== "object" || value === null) return [];
  const { entries, ids, id, type } = value as Record<string, unknown>;
  const named = Array.isArray(entries)
    ? entries.map((entry: { id?: unknown } | null) => entry?.id)
    : Array.isArray(ids)
      ? ids
      : type === "create"
        ? [id]
        : [];
  return named.filter((one) => typeof one === "string");
}

/** Returns the type of a frame without parsing all of it. */
export function frameTypeOf(text: string): string {
  return /^\{"type":"([\w.]+)"/.exec(text)?.[1] ?? "";
}
