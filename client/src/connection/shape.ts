/**
 * Returns true if a value has the required form. Fields that are not named are not checked: the server is trusted,
 * except where a wrong value would break the client.
 */
export type Shape = (value: unknown) => boolean;

export const string: Shape = (value) => typeof value === "string";
export const number: Shape = (value) => typeof value === "number";
export const boolean: Shape = (value) => typeof value === "boolean";

export function optional(shape: Shape): Shape {
  return (value) => value === undefined || shape(value);
}

export function listOf(shape: Shape): Shape {
  return (value) => Array.isArray(value) && value.every((item) => shape(item));
}

export function object(fields: Readonly<Record<string, Shape>>): Shape {
  return (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(fields).every(([field, shape]) => shape((value as Record<string, unknown>)[field]));
}

export const ENTRY = object({ seq: number, id: string, sender: string, kind: string, sentAtMs: number });
