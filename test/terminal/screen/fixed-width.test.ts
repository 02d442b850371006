import { expect, test } from "vitest";
import { fixedWidth } from "../../../terminal/screen/fixed-width.ts";

test("text after an emoji starts in the right column, however wide the terminal draws the emoji", () => {
  expect(fixedWidth("hi \u001b[1mbob\u001b[0m 你好")).toBe("hi \u001b[1mbob\u001b[0m 你好");
  expect(fixedWidth("\u001b[2m10\u001b[0m 👍🏽 fine 👩‍👩‍👧!")).toBe(
    "\u001b[2m10\u001b[0m 👍🏽\u001b[6G fine 👩‍👩‍👧\u001b[14G!",
  );
});
