import { describe, expect, test } from "vitest";
import { titleProblem, userProblem } from "../../../web/src/format/name-problem.ts";

describe("a name that the user has typed", () => {
  test.each(["alice", "דוד", "Ada Lovelace", "👩‍🚀", "x".repeat(128)])("is fine: %s", (name) => {
    expect(userProblem(["bob", name])).toBeUndefined();
  });

  test.each([
    ["turns the text around", "\u202eecila", "ecila"],
    ["has no width", "ali\u200bce", "ali\u200bce"],
    ["is a space of another kind", "ali\u00a0ce", "ali\u00a0ce"],
  ])("is named if a character of it %s", (_, name, shown) => {
    expect(userProblem(["bob", name])).toBe(
      `The name ${shown} has characters that nobody can see. Type it anew instead of pasting it.`,
    );
  });

  test("has an end", () => {
    expect(userProblem(["bob", "x".repeat(129)])).toBe("A name has at most 128 characters.");
  });
});

describe("a title", () => {
  test.each(["Book club", "می‌خواهم", "cafe\u0301", ""])("is fine: %s", (title) => {
    expect(titleProblem(title)).toBeUndefined();
  });

  test("has no characters that nobody sees", () => {
    expect(titleProblem("a\u202eb")).toMatch(/^The title has characters that nobody can see\./);
  });
});
