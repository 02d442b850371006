/** The ids of the entries a frame or a record is about, whatever its type; none for what has none. */
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

/** The type of a frame. */
export function frameTypeOf(text: string): string {
  return /^\{"type":"([\w.]+)"/.exec(text)?.[1] ?? "";
}
