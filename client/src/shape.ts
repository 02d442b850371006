type Kind = "string" | "number" | "boolean" | "list" | "object";

/** Fields and what they must be; `?` after the kind: may be missing. */
export type Shape = Readonly<Record<string, Kind | `${Kind}?`>>;

/** Whether a value has these fields. Others are as the server made them: it is trusted beyond what would break the client. */
export function fits(value: unknown, shape: Shape): boolean {
  if (kindOf(value) !== "object") return false;
  return Object.entries(shape).every(([field, kind]) => {
    const found = (value as Record<string, unknown>)[field];
    return found === undefined ? kind.endsWith("?") : kind.startsWith(kindOf(found));
  });
}

export function listOf(list: unknown, shape: Shape): boolean {
  return Array.isArray(list) && list.every((value) => fits(value, shape));
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  return value === null ? "null" : typeof value;
}

export const ENTRY: Shape = {
  seq: "number",
  id: "string",
  sender: "string",
  kind: "string",
  sentAtMs: "number",
};
