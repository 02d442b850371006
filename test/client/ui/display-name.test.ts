import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { displayName, isolatedName, isRightToLeft } from "../../../client/src/ui.ts";

/** Every control of direction: marks, embeddings, overrides and isolates. */
const CONTROLS = [..."\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"] as const;

describe("a name is shown", () => {
  test.each([
    ["as it is", "Anna-Lena O’Neill 👩‍👩‍👧", "Anna-Lena O’Neill 👩‍👩‍👧"],
    ["as it is, in a script from right to left", "דוד بن مريم", "דוד بن مريم"],
    ["with the joiners that Persian needs", "می\u200cخواهم", "می\u200cخواهم"],
    ["as a deleted account, if its user was erased", "erased:3kq", "Deleted account"],
    ["without an override that makes it read backwards", "\u202Eecila", "ecila"],
    ["on one line", "one\u2028two\nthree", "one two three"],
    ["as code points, if it is invisible", "\u200b\u2060", "U+200B U+2060"],
    ["as code points, if it has nothing but controls of direction", "\u202e\u200f", "U+202E U+200F"],
    ["as code points, if it is blank", "\u3164\u2800", "U+3164 U+2800"],
  ])("%s", (_, name, shown) => {
    expect(displayName(name)).toBe(shown);
  });

  test.each(CONTROLS)("without %j, wherever it stands", (control) => {
    for (const name of [`${control}bob`, `b${control}ob`, `bob${control}`]) {
      expect(displayName(name)).toBe("bob");
    }
  });

  test("so that something of it is seen, and no control of direction is left", () => {
    const piece = fc.constantFrom(
      ...CONTROLS,
      "\u200b",
      "\u2028",
      "\u00ad",
      "\ufeff",
      " ",
      "a",
      "א",
      "👍",
      "\u0301",
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1 }), (pieces) => {
        const shown = displayName(pieces.join(""));
        expect(shown).toMatch(/[^\s\p{Default_Ignorable_Code_Point}]/u);
        expect(shown).not.toMatch(/[\p{Bidi_Control}\u2028]/u);
      }),
    );
  });
});

test("a name from right to left is isolated in a sentence, and any other one is left as it is", () => {
  expect(isolatedName("דוד")).toBe("\u2068דוד\u2069");
  expect(isolatedName("bob 5 مريم")).toBe("\u2068bob 5 مريم\u2069");
  for (const name of ["bob", "Jürgen", "田中", "👍🏽", "Ольга"]) expect(isolatedName(name)).toBe(name);
  expect(isolatedName("\u2067bob")).toBe("bob");
});

test.each([
  ["שלום world", true],
  ["5. مرحبا", true],
  ["👍 שלום", true],
  ["world שלום", false],
  ["12345", false],
  ["", false],
])("the first letter says whether %j is written from right to left", (text, isIt) => {
  expect(isRightToLeft(text)).toBe(isIt);
});
