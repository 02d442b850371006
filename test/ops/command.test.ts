import { expect, test } from "vitest";
import { readUserId, UsageError } from "../../ops/command.ts";

test("a user id is read in NFC, however the terminal writes it", () => {
  expect(readUserId("jose\u0301")).toBe("jos\u00e9");
  expect(readUserId("alice")).toBe("alice");
});

test.for(["", " alice", "\u200b", "ali\u200bce", "\u202eecila", "a".repeat(129)])(
  "%j is refused as the id of no user",
  (text) => {
    expect(() => readUserId(text)).toThrow(UsageError);
  },
);
