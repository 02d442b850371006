import { describe, expect, test } from "vitest";
import { firstDifference, looksOf, mixesScripts } from "../../../web/src/format/look-alike.ts";

function looksLike(one: string, other: string): boolean {
  const looks = looksOf(other);
  return looksOf(one).some((look, index) => look === looks[index]);
}

describe("two names are easily taken for each other:", () => {
  test.for([
    ["alice", "Alice"],
    ["STRASSE", "straße"],
    ["ИВАН", "иван"],
    ["paypal", "paypaI"],
    ["paypal", "paypa1"],
    ["bob", "b0b"],
    ["mark", "rnark"],
    ["wim", "vvim"],
    ["alice", "аlice"],
    ["alice", "аlісе"],
    ["Alice", "аlice"],
    ["coco", "сосо"],
    ["NIKH", "ΝΙΚΗ"],
    ["oscar", "οscar"],
    ["alice", "ａｌｉｃｅ"],
    ["alice", "𝐚𝐥𝐢𝐜𝐞"],
    ["al ice", "al  ice"],
    ["al-ice", "al–ice"],
    ["al-ice", "al_ice"],
    ["o'neil", "o’neil"],
    ["love❤", "love❤️"],
  ] as const)("%s and %s", ([one, other]) => {
    expect(looksLike(one, other)).toBe(true);
    expect(looksLike(other, one)).toBe(true);
  });
});

describe("two names are told apart:", () => {
  test.for([
    ["alice", "alicia"],
    ["bob", "rob"],
    ["ian", "lan"],
    ["josé", "jose"],
    ["иван", "ivan"],
    ["anna1", "anna2"],
    ["user-10", "user-11"],
    ["0d1c5f60-8f1f-4a52", "0d1c5f60-8f1f-4a53"],
  ] as const)("%s and %s", ([one, other]) => {
    expect(looksLike(one, other)).toBe(false);
  });
});

test("a word that mixes scripts with the same shapes is noticed, several words or scripts without them are not", () => {
  for (const name of ["аlice", "gοοgle", "Ꭺlice", "bօb"]) expect(mixesScripts(name)).toBe(true);
  for (const name of ["alice", "Иван", "Νίκος", "Иван (work)", "山田taro", "josé", "user_Иван"]) {
    expect(mixesScripts(name)).toBe(false);
  }
});

test("the first difference is named with its code, because it looks the same", () => {
  expect(firstDifference("аlice", "alice")).toEqual(["“а” (U+0430)", "“a” (U+0061)"]);
  expect(firstDifference("alice", "alice2")).toBeUndefined();
});
