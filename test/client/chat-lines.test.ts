import { describe, expect, test } from "vitest";
import type { ConversationInfo, Entry } from "../../client/src/index.ts";
import { parseArguments } from "../../terminal/arguments.ts";
import {
  formatAnnouncement,
  formatEntry,
  formatList,
  formatPrompt,
  formatTime,
  type Style,
} from "../../terminal/format.ts";
import { readInput } from "../../terminal/input.ts";
import { MessageLog } from "../../terminal/message-log.ts";
import { createPalette } from "../../terminal/palette.ts";
import { printable } from "../../terminal/printable.ts";

const NOW = Date.UTC(2026, 10, 22, 10, 3);
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const plain = createPalette(false);
const style: Style = { palette: plain, user: "alice", nowMs: NOW, timeZone: "UTC" };

function entry(sender: string, text: string, changes: Partial<Entry> = {}): Entry {
  return { seq: 1, id: "e", sender, kind: "text", body: { text }, sentAtMs: NOW - MINUTE_MS, ...changes };
}

describe("what others wrote", () => {
  test.each([
    ["colours", "\u001b[31mred\u001b[0m", "red"],
    ["a title change", "\u001b]0;owned\u0007hi", "hi"],
    ["an 8-bit control sequence", "\u009b2Jgone?", "gone?"],
    ["a bell and a backspace", "a\u0007b\u0008c", "abc"],
    ["a carriage return that would overwrite", "transfer 10\rtransfer 99", "transfer 10 ↵ transfer 99"],
    ["lines", "one\r\ntwo\nthree\u2028four", "one ↵ two ↵ three ↵ four"],
    ["text that runs backwards", "abc\u202egnp.exe", "abcgnp.exe"],
    ["half a character", "a\ud800b", "a\ufffdb"],
    ["a family", "👩‍👩‍👧", "👩‍👩‍👧"],
  ])("is shown, not obeyed: %s", (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test("is cleaned wherever it is shown", () => {
    const evil = "\u001b[2Jx";
    const lines = [
      formatEntry(entry("bob", evil), "bob", style),
      formatEntry(entry(evil, "hi"), evil, style),
      formatEntry(entry("bob", "", { kind: `x.${evil}` }), "bob", style),
      formatAnnouncement(entry("bob", evil), evil, style),
      ...formatList([info(evil, evil)], style),
      formatPrompt({ peer: evil, pending: 0, online: true }, plain),
    ];
    for (const line of lines) expect(line).not.toContain("\u001b");
  });
});

function info(
  peer: string,
  text: string,
  changes: Partial<ConversationInfo["preview"]> = {},
): ConversationInfo {
  const preview = { seq: 1, sender: peer, kind: "text", text, sentAtMs: NOW, ...changes };
  return { conversation: `d${peer}`, kind: "direct", peer, first: 1, preview } as ConversationInfo;
}

describe("lines", () => {
  test("of both sides align, and one's own carry the mark of being in the log", () => {
    expect(formatEntry(entry("alice", "hi"), "bob", style)).toBe("10:02 you  hi  ✓");
    expect(formatEntry(entry("bob", "hello"), "bob", style)).toBe("10:02 bob  hello");
    expect(formatEntry(entry("alice", "hi"), "charlie", style)).toBe("10:02 you      hi  ✓");
  });

  test("of another day carry the day", () => {
    expect(formatTime(NOW - DAY_MS, NOW, "UTC")).toBe("21 Nov 10:03");
    expect(formatTime(Date.UTC(2026, 10, 21, 23, 59), NOW, "UTC")).toBe("21 Nov 23:59");
    expect(formatTime(Date.UTC(2025, 10, 22, 10, 3), NOW, "UTC")).toBe("22 Nov 10:03");
  });

  test("of other conversations are one line each", () => {
    expect(formatAnnouncement(entry("carol", "hi\nthere"), "carol", style)).toBe("[carol] hi ↵ there");
    expect(formatAnnouncement(entry("alice", "hi"), "carol", style)).toBe("[carol] you: hi");
  });

  test("of an application's own kinds say so", () => {
    expect(formatEntry(entry("bob", "", { kind: "x.poll", body: { q: 1 } }), "bob", style)).toBe(
      "10:02 bob  (x.poll)",
    );
  });

  test("of the list are the newest first, cut to the width", () => {
    const conversations = [
      info("bob", "see you", { sender: "alice", sentAtMs: NOW - DAY_MS }),
      info("charlie", "x".repeat(100)),
      { ...info("dave", ""), preview: undefined },
    ];
    expect(formatList(conversations, style, 40)).toEqual([
      `charlie         10:03  ${"x".repeat(16)}…`,
      "bob      21 Nov 10:03  you: see you",
      "dave",
    ]);
  });

  test("have colours only where colours are wanted", () => {
    const coloured = formatEntry(entry("bob", "hi"), "bob", { ...style, palette: createPalette(true) });
    expect(coloured).toContain("\u001b[1mbob");
  });
});

test("the prompt tells whom one talks to and what is not there yet", () => {
  const prompt = (peer: string | undefined, pending: number, online: boolean) =>
    formatPrompt({ peer, pending, online }, plain);
  expect(prompt(undefined, 0, true)).toBe("> ");
  expect(prompt("bob", 0, true)).toBe("bob > ");
  expect(prompt("bob", 1, true)).toBe("bob · 1 sending > ");
  expect(prompt("bob", 0, false)).toBe("bob · offline > ");
  expect(prompt("bob", 2, false)).toBe("bob · offline, 2 waiting > ");
});

test.each([
  ["hello", { say: "hello" }],
  ["  indented", { say: "  indented" }],
  ["//etc", { say: "/etc" }],
  ["", { do: "nothing" }],
  ["/to bob", { to: "bob" }],
  ["  /to bob", { to: "bob" }],
  ["/to  Bob Ross ", { to: "Bob Ross" }],
  ["/to", { wrong: "to whom? /to <user>" }],
  ["/list", { do: "list" }],
  ["/shrug", { wrong: "no command /shrug; /help lists them" }],
])("a typed %j is understood", (line, input) => {
  expect(readInput(line)).toEqual(input);
});

const deployed = (changes: object) => ({
  where: { stack: "parley-dev" },
  url: undefined,
  tokenCommand: undefined,
  userClaim: undefined,
  signUp: false,
  ...changes,
});

test.each([
  [["alice"], { run: { user: "alice", to: undefined, parley: { server: "http://127.0.0.1:4510" } } }],
  [
    ["alice", "--to", "bob", "--port", "4600"],
    { run: { user: "alice", to: "bob", parley: { server: "http://127.0.0.1:4600" } } },
  ],
  [
    ["--server", "https://x.example/", "alice"],
    { run: { user: "alice", to: undefined, parley: { server: "https://x.example" } } },
  ],
  [["--help"], { help: true }],
  [[], { wrong: "Who are you? Name a user" }],
  [["alice", "bob"], { wrong: "One user only, not also 'bob'" }],
  [["alice", "--port", "99999"], { wrong: "'99999' is no port" }],
  [["alice", "--server", "127.0.0.1:4510"], { wrong: "'127.0.0.1:4510' is no http:// or https:// URL" }],
  [["alice", "--port", "1", "--server", "http://x"], { wrong: "Either --port or --server" }],
  [["alice", "--env", "dev"], { run: { user: "alice", to: undefined, parley: deployed({}) } }],
  [
    ["alice", "--env", "dev", "--sign-up", "--url", "ws://127.0.0.1:1/x"],
    { run: { user: "alice", to: undefined, parley: deployed({ signUp: true, url: "ws://127.0.0.1:1/x" }) } },
  ],
  [
    ["alice", "--url", "wss://x.example/dev", "--token-command", "get-token", "--user-claim", "email"],
    {
      run: {
        user: "alice",
        to: undefined,
        parley: {
          where: undefined,
          url: "wss://x.example/dev",
          tokenCommand: "get-token",
          userClaim: "email",
        },
      },
    },
  ],
  [["alice", "--env", "dev", "--stack", "x"], { wrong: "Either --env or --stack" }],
  [["alice", "--env", "dev", "--port", "1"], { wrong: "Either a deployment, or --port or --server" }],
  [
    ["alice", "--url", "https://x", "--token-command", "t"],
    { wrong: "'https://x' is no ws:// or wss:// URL" },
  ],
  [["alice", "--url", "wss://x"], { wrong: "--url alone needs --token-command" }],
  [
    ["alice", "--env", "dev", "--sign-up", "--token-command", "t"],
    { wrong: "Either --sign-up or --token-command" },
  ],
  [["alice", "--sign-up"], { wrong: "Say which deployment: --env, --stack, --outputs or --url" }],
  [["alice", "--loud"], { wrong: "Unknown option '--loud'" }],
])("arguments %j are understood", (argv, parsed) => {
  expect(parseArguments(argv)).toEqual(parsed);
});

test("history goes up from what is on the screen, whatever arrives below", () => {
  const log = new MessageLog();
  const entries = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => entry("bob", "", { seq: from + index }));
  const seqs = (shown: readonly Entry[]) => shown.map(({ seq }) => seq);
  log.append(entries(11, 20));
  expect(seqs(log.newest(3))).toEqual([18, 19, 20]);
  log.append(entries(21, 22));
  expect(log.unshown).toBe(7);
  expect(seqs(log.older(5))).toEqual([13, 14, 15, 16, 17]);
  log.prepend(entries(6, 10));
  expect(seqs(log.older(5))).toEqual([8, 9, 10, 11, 12]);
  expect(seqs(log.older(5))).toEqual([6, 7]);
  expect(seqs(log.older(5))).toEqual([]);
});
