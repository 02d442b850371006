import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FRAME_PRICES } from "../../functions/core/connections/frame-prices.ts";
import { ERROR_CODES, LIMITS, SERVER_FRAMES } from "../../protocol/index.ts";
import { ROUTES } from "../../wiring/manifest.ts";
import { KINDS } from "../support/arbitrary-frames.ts";

// The authors of a client in another language have nothing but docs/protocol.md.

const page = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
const rows = page.split("\n").filter((line) => line.startsWith("| "));
const cellsOf = (row: string) => row.split("|").map((cell) => cell.trim());

const HOUR = 60 * 60;
const YEAR = 365 * 24 * HOUR;
const grouped = (count: number) => String(count).replace(/\B(?=(\d{3})+$)/g, " ");

/** The value as the page writes it. */
function quoted(name: string, value: number): string {
  if (name.endsWith("Bytes")) return value % 1024 === 0 ? `${value / 1024} KB` : `${value} bytes`;
  if (name.endsWith("Ms")) return `${value / 1000} s`;
  if (!name.endsWith("Seconds")) return grouped(value);
  return value >= YEAR ? `${value / YEAR} years` : `${value / HOUR} hour`;
}

test.each(Object.entries(LIMITS))("the page quotes the limit %s", (name, value) => {
  const row = rows.map(cellsOf).find((cells) => cells.includes(`\`${name}\``));
  expect(`${row?.[2]} `).toMatch(new RegExp(`^${quoted(name, value)}[ :]`));
});

test.each(ERROR_CODES)("the page says when the error %s occurs", (code) => {
  expect(rows.some((row) => cellsOf(row)[1] === `\`${code}\``)).toBe(true);
});

test.each(KINDS)("the page has the entry kind %s", (kind) => {
  const name = kind.startsWith("x.") ? "x.<name>" : kind;
  expect(rows.some((row) => cellsOf(row)[1]?.includes(`\`${name}\``))).toBe(true);
});

const routes = Object.keys(ROUTES).filter((route) => !route.startsWith("$"));
test.each([...routes, ...Object.keys(SERVER_FRAMES)])("the page lists the frame %s", (type) => {
  expect(rows.some((row) => cellsOf(row)[1]?.includes(`\`${type}\``))).toBe(true);
});

const prices = page
  .slice(page.indexOf("### What a frame costs"), page.indexOf("### What a user takes"))
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map(cellsOf);
test.each(Object.entries(FRAME_PRICES))("the page has the price of %s", (type, price) => {
  const units = prices.find(([, types]) => types?.includes(`\`${type}\``))?.[2];
  expect(units).toMatch(typeof price === "number" ? new RegExp(`^${price}(,|$)`) : /^\d.* for each /);
});
