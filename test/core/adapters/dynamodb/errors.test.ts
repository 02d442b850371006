import { expect, test } from "vitest";
import { faultOf } from "../../../../functions/adapters/dynamodb/errors.ts";

function named(name: string, message = "", more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

const TOO_LARGE = "Item size has exceeded the maximum allowed size";
const TOO_LARGE_UPDATE = "Item size to update has exceeded the maximum allowed size";

const cancelled = (...CancellationReasons: object[]) =>
  named("TransactionCanceledException", "Transaction cancelled", { CancellationReasons });

test("only an item that is too large is the fault of the frame", () => {
  expect(faultOf(named("ValidationException", TOO_LARGE))).toBe("frame");
  expect(faultOf(named("ValidationException", TOO_LARGE_UPDATE))).toBe("frame");
  expect(faultOf(cancelled({ Code: "None" }, { Code: "ValidationError", Message: TOO_LARGE_UPDATE }))).toBe(
    "frame",
  );
});

test("our own mistakes and damaged items are no reason to refuse a frame", () => {
  const mistakes = [
    new TypeError("x is not a function"),
    new RangeError("Invalid array length"),
    new ReferenceError("x is not defined"),
    new SyntaxError("Unexpected end of JSON input"),
    named("ValidationException", "Invalid UpdateExpression: Syntax error"),
    named("ValidationException", "The provided key element does not match the schema"),
    cancelled({ Code: "ValidationError", Message: "The provided key element does not match the schema" }),
    cancelled({ Code: "ValidationError" }),
  ];
  for (const mistake of mistakes) expect(faultOf(mistake)).toBe("defect");
});

test("any other error may be temporary", () => {
  const others = [
    new Error("socket hang up"),
    named("ThrottlingException"),
    named("ItemCollectionSizeLimitExceededException"),
    named("TimeoutError"),
    named("AbortError"),
    cancelled({ Code: "ThrottlingError" }, { Code: "None" }),
    "no error at all",
  ];
  for (const other of others) expect(faultOf(other)).toBeUndefined();
});
