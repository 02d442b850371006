import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ITEM_KINDS } from "../../functions/adapters/dynamodb/item-kinds.ts";
import { ExportLine } from "../../ops/export/export-line.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/erase.md"), "utf8");

/** Returns the rows of tables, by what is in code in their first cell. */
function rows(): Map<string, string> {
  return new Map([...page.matchAll(/^\| `([^`]+)` \|(.*)$/gm)].map(([, name = "", row = ""]) => [name, row]));
}

test("the page says for each kind of item what an erasure does with it", () => {
  for (const kind of Object.keys(ITEM_KINDS)) expect([...rows().keys()]).toContain(kind);
});

test("the page has each line of an export, with all its fields", () => {
  for (const { entries } of ExportLine.options) {
    const { type, ...fields } = entries;
    const row = rows().get(type.literal);
    expect(row, type.literal).toBeDefined();
    for (const field of Object.keys(fields)) expect.soft(row, type.literal).toContain(`\`${field}\``);
  }
});
