import { describe, expect, test } from "vitest";
import { hashOf, recipientOf } from "../../../web/src/state/address.ts";

describe("an address", () => {
  test.each([["d0123"], [{ user: "bob" }], [{ user: "a/b ö#?" }], [undefined]])(
    "of %j leads back to it",
    (recipient) => {
      expect(recipientOf(hashOf(recipient))).toEqual(recipient);
    },
  );

  test("that was cut off leads to the list", () => {
    for (const hash of ["", "#", "#/c/", "#/x/y", "#/u/%C3"]) expect(recipientOf(hash)).toBeUndefined();
  });
});
