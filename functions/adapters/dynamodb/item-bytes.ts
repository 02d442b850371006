import { utf8Bytes } from "../../../protocol/index.ts";

/** Bytes of a list or a map, besides its elements. */
const CONTAINER_BYTES = 3;
/** Bytes of each element of a list or a map, besides its content. */
const ELEMENT_BYTES = 1;

/**
 * Returns the size of an item as DynamoDB bills it: names and values, by the rules of its documentation ("DynamoDB item
 * sizes and formats").
 */
export function itemBytes(item: Readonly<Record<string, unknown>>): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => (value === undefined ? sum : sum + utf8Bytes(name) + valueBytes(value)),
    0,
  );
}

function valueBytes(value: unknown): number {
  if (typeof value === "string") return utf8Bytes(value);
  if (typeof value === "number") return numberBytes(value);
  if (typeof value !== "object" || value === null) return 1;
  const elements = Array.isArray(value)
    ? value.map(valueBytes)
    : Object.entries(value).map(([name, one]) => utf8Bytes(name) + valueBytes(one));
  return elements.reduce((sum, bytes) => sum + bytes + ELEMENT_BYTES, CONTAINER_BYTES);
}

/** About one byte for two significant digits on either side of the point, and one more. */
function numberBytes(value: number): number {
  const [whole = "", fraction = ""] = String(Math.abs(value)).split(".");
  const significant = fraction === "" ? whole.replace(/0+$/, "") : whole.replace(/^0$/, "");
  const pairs = Math.ceil(significant.length / 2) + Math.ceil(fraction.length / 2);
  return pairs + 1 + (value < 0 ? 1 : 0);
}
