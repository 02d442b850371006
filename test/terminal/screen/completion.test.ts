import { expect, test } from "vitest";
import { complete } from "../../../terminal/screen/completion.ts";

test("commands and names are completed, messages are not", () => {
  expect(complete("/me", ["bob"])).toEqual([["/members "], "/me"]);
  expect(complete("/add b", ["bob", "carol", "bert"])).toEqual([["bob ", "bert "], "b"]);
  expect(complete("hello b", ["bob"])[0]).toEqual([]);
});
