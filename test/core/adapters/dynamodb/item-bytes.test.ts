import { expect, test } from "vitest";
import { itemBytes } from "../../../../functions/adapters/dynamodb/item-bytes.ts";

// By "DynamoDB item sizes and formats"; test/contract/stored-items.test.ts compares with what the engine bills.

test.each<[string, unknown, number]>([
  ["a string is as long as its UTF-8", "é👍名", 9],
  ["an empty string is nothing", "", 0],
  ["a boolean is one byte", false, 1],
  ["null is one byte", null, 1],
  ["zero is one byte", 0, 1],
  ["two digits are one byte, and a number has one more", 42, 2],
  ["an odd digit is a byte", 123, 3],
  ["zeros at the end are no digits", 1_700_000_000_000, 2],
  ["zeros at the beginning are no digits", 0.05, 2],
  ["a fraction has the digits of both sides", 12.34, 3],
  ["a digit on either side of the point is a byte", 9.5, 3],
  ["a negative number has a byte more", -42, 3],
  ["a list is three bytes, and one more for each element", ["a", 1], 3 + 2 + 3],
  ["an empty list is three bytes", [], 3],
  ["a map has its names as well", { ab: "c" }, 3 + 4],
  ["lists are nested", [[1, 5], [7]], 3 + 1 + (3 + 3 + 3) + 1 + (3 + 3)],
])("%s", (_, value, bytes) => {
  expect(itemBytes({ name: value })).toBe("name".length + bytes);
});

test("an attribute without a value is not stored", () => {
  expect(itemBytes({ a: undefined, b: "c" })).toBe(2);
});
