import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { linksIn } from "../../../web/src/format/links.ts";

const addressesIn = (text: string) => linksIn(text).map(({ start, end }) => text.slice(start, end));

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the links in a text", () => {
  test.each([
    ["See https://x.org/a.", ["https://x.org/a"]],
    ["(https://x.org/a), http://y.org?!", ["https://x.org/a", "http://y.org"]],
    ["https://en.wikipedia.org/wiki/Rust_(video_game)", ["https://en.wikipedia.org/wiki/Rust_(video_game)"]],
    ["[https://x.org/?q=[1]]", ["https://x.org/?q=[1]"]],
    ["HTTPS://X.ORG/A and “https://x.org/b”", ["HTTPS://X.ORG/A", "https://x.org/b"]],
    ["请看https://x.org/a，谢谢", ["https://x.org/a"]],
    ["https://x.org/\u202Egnp.exe", ["https://x.org/"]],
    ["javascript:alert(1) ftp://x data:text/html,x", []],
    ["https:// http://. https://[ https://a:b:c/ http://?!", []],
    ["https://javascript:alert(1)", []],
  ])("%s", (text, links) => {
    expect(addressesIn(text)).toEqual(links);
  });
});

describe("a link that poses as another one shows its host", () => {
  test.each([
    ["https://google.com@evil.example", "evil.example"],
    ["https://google.com%2F:login@evil.example:8443/path", "evil.example"],
    // A Cyrillic letter.
    ["https://gооgle.com/", "xn--ggle-55da.com"],
    ["https://аррӏе.com", "xn--80ak6aa92e.com"],
    ["https://ｇoogle.com", "google.com"],
    ["https://%67oogle.com", "google.com"],
    ["https://2130706433/", "127.0.0.1"],
  ])("%s leads to %s", (text, host) => {
    expect(linksIn(text)).toEqual([{ start: 0, end: text.length, host }]);
  });

  test.each([
    "https://example.com",
    "HTTPS://Example.COM:443/a@b",
    "http://example.com?user=a@b.example#@c",
    "https://example.com\\@evil.example",
    "http://localhost:4510/#/c/x",
    "http://127.0.0.1",
    "http://[::1]:80/",
    "https://xn--80ak6aa92e.com",
  ])("%s says where it leads to", (text) => {
    expect(linksIn(text)).toEqual([{ start: 0, end: text.length, host: undefined }]);
  });
});

/** The longest beginning of an address that no rule shortens, found one character at a time. */
function trimmedSlowly(address: string): string {
  const counted = (text: string, character: string) => text.split(character).length - 1;
  let rest = address;
  for (;;) {
    const isUnmatched =
      (rest.endsWith(")") && counted(rest, ")") > counted(rest, "(")) ||
      (rest.endsWith("]") && counted(rest, "]") > counted(rest, "["));
    if (!isUnmatched && !/[.,;:!?']$/.test(rest)) return rest;
    rest = rest.slice(0, -1);
  }
}

test("a link is the longest address that does not end with the punctuation of its sentence", () => {
  const piece = fc.constantFrom(
    ..."()[].,;:!?'/@#\\ \n<>\"“。aé👍\u202e\u0301",
    "http://",
    "https://",
    "example.com",
    "HTTP://x",
  );
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, (text) => {
      const candidates = text.match(/https?:\/\/[^\s<>"“。\u202e]+/gi) ?? [];
      const expected = candidates.map(trimmedSlowly).filter((address) => URL.canParse(address));
      expect(addressesIn(text)).toEqual(expected);
    }),
    { numRuns: 2_000 },
  );
});

/** Counts the characters that string methods go through while `work` runs. */
function charactersRead(work: () => void): number {
  let count = 0;
  const methods = ["at", "charAt", "charCodeAt", "codePointAt", "slice", "substring", "split"] as const;
  const whole = new Set<string>(["slice", "substring", "split"]);
  const iterated = ["replace", "match", "indexOf", "lastIndexOf", "includes", "toLowerCase"] as const;
  for (const name of [...methods, ...iterated, Symbol.iterator] as const) {
    const strings = String.prototype as unknown as Record<typeof name, (...given: unknown[]) => unknown>;
    const original = strings[name];
    vi.spyOn(strings, name).mockImplementation(function (this: string, ...given: unknown[]) {
      const isWhole = whole.has(String(name)) || !methods.includes(name as "at");
      count += isWhole ? this.length : 1;
      return original.apply(this, given);
    });
  }
  work();
  vi.restoreAllMocks();
  return count;
}

/** Texts of about this many characters that are hard on a search for links. */
const HARD: Readonly<Record<string, (size: number) => string>> = {
  ...Object.fromEntries(
    [...".,;:!?'()[]"].map((mark) => [
      `${mark} behind`,
      (size: number) => `https://a.b/${mark.repeat(size)}`,
    ]),
  ),
  "brackets opened": (size) => `http://a${"(".repeat(size)}`,
  "brackets closed one too often": (size) => `http://a/${"(".repeat(size / 2)}${")".repeat(size / 2 + 1)}`,
  "two kinds of brackets, crossed": (size) => `http://a/${"([".repeat(size / 4)}${")]".repeat(size / 4)}`,
  "closed in the wrong order": (size) => `http://a/${")(".repeat(size / 2)}))`,
  "all kinds of marks": (size) => `https://a.b/${".,;:!?')]".repeat(size / 9)}`,
  "schemes only": (size) => "https://".repeat(size / 8),
  "schemes with spaces": (size) => "https:// ".repeat(size / 9),
  "almost schemes": (size) => "https:/".repeat(size / 7),
  "many links": (size) => "http://a.b/!) ".repeat(size / 14),
  "a user name": (size) => `https://${"a@".repeat(size / 2)}b.c`,
  "a long word": (size) => "h".repeat(size),
};

describe.each(Object.entries(HARD))("with %s", (_, make) => {
  test("links are found in a text of 16 KB and in one of 1 MB, whose search reads each character a few times", () => {
    linksIn(make(1_000_000));
    const [short, long] = [2_000, 16_000].map((size) => charactersRead(() => linksIn(make(size))));
    expect(long).toBeLessThan(20 * 16_000);
    expect(long).toBeLessThan(9 * (short ?? 0) + 1_000);
  });
});

test("the count of characters notices a search that is not linear", () => {
  const tail = (size: number) => `https://a.b/${")".repeat(size)}`;
  expect(charactersRead(() => trimmedSlowly(tail(2_000)))).toBeGreaterThan(20 * 2_000);
});
