import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";

// docs/style.md has the rules and the terms.

const ROOT = join(import.meta.dirname, "../..");
const NOT_OURS = new Set(["node_modules", "cdk.out", "dist", "coverage"]);

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((item) => {
    if (item.name.startsWith(".") || NOT_OURS.has(item.name)) return [];
    const path = join(folder, item.name);
    if (item.isDirectory()) return filesIn(path);
    return /\.(tsx?|mjs|css)$/.test(item.name) ? [path] : [];
  });
}

/** All but this file, which quotes what it forbids. */
const sources = filesIn(ROOT)
  .filter((path) => path !== import.meta.filename)
  .map((path) => ({ file: relative(ROOT, path), text: readFileSync(path, "utf8") }));

/** A doc comment has white space after its opening, which tells it from a glob such as `test/**`. */
const DOC_COMMENT = /\/\*\*\s([\s\S]*?)\*\//g;
const BAD_BEGINNING = /^(What|Who|Whoever|Of|How)\b/;

/** Terms of the project's first dialect, with the word that replaced each. */
const RENAMED: Readonly<Record<string, string>> = {
  Dialer: "Connector",
  Outgoing: "SendHandle",
  Sending: "MessageHandle",
  SendingState: "MessageState",
  ShownEntry: "TimelineEntry",
  Infos: "ConversationStore",
  Typists: "TypingIndicators",
  ReceiptsOut: "ReceiptSender",
  DecideRun: "AppendAttempt",
  Decided: "CommitResult",
  KnownEntries: "EntryCache",
  Sight: "VisibilityWindow",
  answerAndPush: "acknowledgeAndPush",
  asSeenBy: "redactFor",
  tellWatchers: "notifyWatchers",
  settleOffline: "confirmOffline",
  Deed: "Action",
  Departure: "Shutdown",
};

const lineAt = (text: string, index: number) => text.slice(0, index).split("\n").length;

/** Doc comments that begin with a question word or with "Of", as `line: text`. */
function badBeginnings(text: string): string[] {
  return [...text.matchAll(DOC_COMMENT)].flatMap((comment) => {
    const words = (comment[1] ?? "").replace(/^\s*\* ?/gm, "").trim();
    return BAD_BEGINNING.test(words)
      ? [`${lineAt(text, comment.index)}: ${words.split("\n")[0]?.slice(0, 80)}`]
      : [];
  });
}

/** Comments and quoted text; template literals are code. A quoted text is tried first: a URL holds `//`. */
const NO_CODE = /"(?:[^"\\\n]|\\.)*"|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

/** Identifiers and property keys of the first dialect, as `line: old, use new`. */
function renamedTerms(text: string): string[] {
  const code = text.replace(NO_CODE, (found) => found.replace(/[^\n]/g, " "));
  return [...code.matchAll(/\b[A-Za-z]\w*\b/g)].flatMap(({ 0: word, index }) =>
    Object.hasOwn(RENAMED, word) ? [`${lineAt(code, index)}: ${word}, use ${RENAMED[word]}`] : [],
  );
}

test("a doc comment does not begin with What, Who, Whoever, Of or How", () => {
  const bad = sources.flatMap(({ file, text }) => badBeginnings(text).map((found) => `${file}:${found}`));
  expect(bad).toEqual([]);
});

test("no identifier is a term of the first dialect", () => {
  const old = sources.flatMap(({ file, text }) => renamedTerms(text).map((found) => `${file}:${found}`));
  expect(old).toEqual([]);
});

test("both checks notice a bad example", () => {
  const example = [
    "/** How long to wait. */",
    "const waitMs = 1; // Typists",
    "/**",
    " * Whoever asks,",
    " * is answered.",
    " */",
    'const asSeenBy = "Dialer";',
    "/** Delay before the next retry. Of no use. */",
    'const glob = "test/**/What.ts";',
  ].join("\n");
  expect(badBeginnings(example)).toEqual(["1: How long to wait.", "3: Whoever asks,"]);
  expect(renamedTerms(example)).toEqual(["7: asSeenBy, use redactFor"]);
});

test("the sources are found", () => {
  expect(sources.length).toBeGreaterThan(500);
});
