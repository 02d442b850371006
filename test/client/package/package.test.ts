import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { gzippedBytes, kindPredicates, writePackage } from "../../../client/bundle.ts";
import * as kinds from "../../../protocol/kinds.ts";

/** Largest size of an entry point, minified and gzipped. Change it with a deliberate change of size. */
const BUDGET_BYTES = { index: 16_500, core: 10_940 };

const CONSUMER = `
import { createClient, webStorage, type Conversation, type TimelineEntry } from "@parley/client";
import { createClient as createCore, type Sent } from "@parley/client/core";
import { indexedDbStorage } from "@parley/client/indexeddb";
import { fileStorage } from "@parley/client/node";

const client = createClient({ url: "wss://x", token: async () => "t", storage: webStorage(() => localStorage) });
const bob: Conversation = client.conversation({ user: "bob" });
const state: "queued" | "sent" | "delivered" | "read" | "failed" = bob.send("hello").state;
const seq: Promise<number> = bob.send({ kind: "x.poll", body: { votes: [1] } }).seq;
const entries: readonly TimelineEntry[] = bob.view.getSnapshot().entries;
client.on("entries", ({ entries: [first] }) => first?.seq.toFixed());
// @ts-expect-error application-defined kinds begin with x.
bob.send({ kind: "poll", body: {} });

const bot = createCore({ url: "wss://x", token: async () => "t", storage: fileStorage("x") });
bot.on("conversation", ({ peer }) => peer?.trim());
// @ts-expect-error the core has no views.
bot.conversation({ user: "bob" });
const done: Promise<Sent> = bot.send({ user: "bob" }, { kind: "edit", body: { of: 1, text: "hi" } }).done;
const group: Promise<string> = bot.createGroup({ title: "Team" });
export async function once(): Promise<void> {
  await using client = createCore({ url: "wss://x", token: async () => "t" });
  client.connect();
}
export default [indexedDbStorage(), state, seq, entries, done, group];
`;

let project: string;
let scripts: Awaited<ReturnType<typeof writePackage>>;

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "parley-package-"));
  const installed = join(project, "node_modules/@parley/client");
  mkdirSync(installed, { recursive: true });
  scripts = await writePackage(join(installed, "dist"));
  writeFileSync(join(installed, "package.json"), readFileSync("client/package.json"));
  writeFileSync(join(project, "package.json"), '{"type": "module"}');
  writeFileSync(join(project, "consumer.ts"), CONSUMER);
}, 60_000);

test("the package has its licence", () => {
  const licence = join(project, "node_modules/@parley/client/dist/LICENSE");
  expect(readFileSync(licence, "utf8")).toBe(readFileSync("LICENSE", "utf8"));
});

test("the library fits its size budget and imports nothing", () => {
  for (const entry of ["index", "core"] as const) {
    const script = scripts.get(entry) ?? "";
    expect(gzippedBytes(script)).toBeLessThanOrEqual(BUDGET_BYTES[entry]);
    expect(script).not.toMatch(/\bimport\b|\brequire\b|valibot/);
  }
  expect(scripts.get("indexeddb")).not.toMatch(/\bimport\b/);
  expect([...(scripts.get("node") ?? "").matchAll(/from"([^"]+)"/g)].map(([, name]) => name)).toEqual([
    "node:crypto",
    "node:fs",
    "node:fs/promises",
    "node:path",
  ]);
});

test("its README links only to parts of itself, since the repository is not published", () => {
  expect(readFileSync("client/README.md", "utf8").match(/\]\((?!#)[^)]*\)/g)).toBeNull();
});

/** Names that the oldest browsers of the README's table do not have. */
const TOO_NEW =
  /\b(withResolvers|fromAsync|groupBy|randomUUID|structuredClone|to(Reversed|Sorted|Spliced)|AbortSignal\.(any|timeout))\b/g;

test("the library needs nothing that the browsers in its README lack", () => {
  for (const [entry, script] of scripts) expect.soft(script.match(TOO_NEW), `${entry} needs`).toBeNull();
});

const PROJECTS = {
  "of Node and the newest libraries": {
    module: "nodenext",
    target: "es2024",
    lib: ["es2024", "esnext.disposable", "dom"],
  },
  "for browsers, by a bundler": {
    module: "esnext",
    moduleResolution: "bundler",
    target: "es2022",
    lib: ["es2022", "dom", "dom.iterable"],
  },
};

test.each(Object.entries(PROJECTS))(
  "its declarations need no other package in a project %s",
  (_, options) => {
    const config = {
      compilerOptions: { ...options, types: [], strict: true, skipLibCheck: false, noEmit: true },
      files: ["consumer.ts"],
    };
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify(config));
    const tsc = (): string => {
      try {
        return String(execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", project]));
      } catch (error) {
        return String((error as { stdout: unknown }).stdout);
      }
    };
    expect(tsc()).toBe("");
  },
);

test("the installed package runs", async () => {
  const installed = (entry: string) => import(join(project, "node_modules/@parley/client/dist", entry));
  const { createClient } = await installed("index.js");
  const options = { url: "ws://x", token: async () => "t", user: "alice" };
  const client = createClient(options);
  expect(client.conversation({ user: "bob" }).send("hello").state).toBe("queued");
  client.close();

  const bot = (await installed("core.js")).createClient(options);
  const { id } = bot.send({ user: "bob" }, "hello");
  expect(bot.pending()).toEqual([{ id, kind: "text", body: { text: "hello" } }]);
  bot.close();
});

test("the methods listed in its README exist and return what it says", async () => {
  const { createClient } = await import(join(project, "node_modules/@parley/client/dist/index.js"));
  const client = createClient({ url: "ws://x", token: async () => "t", user: "alice" });
  const conversation = client.conversation({ user: "bob" });
  const [, table = ""] = readFileSync("client/README.md", "utf8").split("## More of a conversation");
  const rows = table.split("\n## ")[0]?.matchAll(/^\| (`[^|]*`) \| (.*?) \|/gm) ?? [];
  const kindOf = (returned: object | undefined) => {
    if (returned === undefined) return "nothing";
    if (returned instanceof Promise) return "promise";
    return Symbol.asyncIterator in returned
      ? "async iterator"
      : "state" in returned
        ? "`MessageHandle`"
        : "?";
  };
  let count = 0;
  for (const [, calls = "", kind] of rows) {
    for (const [, ofClient, name = ""] of calls.matchAll(/`(client\.)?(\w+)\(/g)) {
      const returned = (ofClient ? client : conversation)[name]("x", "x");
      if (returned instanceof Promise) returned.catch(() => {});
      expect([name, kindOf(returned)]).toEqual([name, kind]);
      count += 1;
    }
  }
  expect(count).toBe(16);
  client.close();
});

test("the predicates that the bundler writes for entry kinds say what the table says", async () => {
  const source = encodeURIComponent(kindPredicates());
  const predicates: Record<string, (kind: string) => boolean> = await import(
    `data:text/javascript,${source}`
  );
  const { countsAsUnread, isContent, isRewrite, isSolitary } = kinds;
  const table = { countsAsUnread, isContent, isRewrite, isSolitary };
  expect(Object.keys(predicates)).toEqual(expect.arrayContaining(Object.keys(table)));
  for (const kind of [...Object.keys(kinds.KINDS), "x.poll", "x.", "textual", "undelete", "toString", ""]) {
    for (const [name, holds] of Object.entries(table)) {
      expect.soft(predicates[name]?.(kind), `${name}("${kind}")`).toBe(holds(kind));
    }
  }
});
