import { describe, expect, test } from "vitest";
import { linksIn } from "../../../web/src/format/links.ts";

describe("the links in a text", () => {
  test.each([
    ["See https://x.org/a.", ["https://x.org/a"]],
    ["(https://x.org/a), http://y.org?!", ["https://x.org/a", "http://y.org"]],
    ["https://en.wikipedia.org/wiki/Rust_(video_game)", ["https://en.wikipedia.org/wiki/Rust_(video_game)"]],
    ["[https://x.org/?q=[1]]", ["https://x.org/?q=[1]"]],
    ["javascript:alert(1) ftp://x", []],
  ])("%s", (text, links) => {
    expect(linksIn(text).map(({ start, end }) => text.slice(start, end))).toEqual(links);
  });
});
