import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { NewEntry, SendFrame } from "../../../protocol/index.ts";
import { openDevice } from "../../client/support/device.ts";
import { ScriptedServer, type ServerConnection } from "../../client/support/scripted-server.ts";
import { conversationId } from "../../client/support/server-log.ts";
import { eventually } from "../../support/eventually.ts";
import { KEYS, type ScreenChatOptions, screenChat } from "../support/screen-chat.ts";

const WITH_BOB = conversationId("alice", "bob");

let server: ScriptedServer;

beforeEach(async () => {
  server = await new ScriptedServer().start();
  onTestFinished(() => server.stop());
});

/** Alice's screen, with a client of her own. */
function alice(options: Partial<ScreenChatOptions> = {}) {
  const { client } = openDevice(server, "alice");
  return screenChat({ user: "alice", client, ...options });
}

const withBob = (options: Partial<ScreenChatOptions> = {}) => alice({ place: { user: "bob" }, ...options });

function hasSaid(peer: string, ...texts: string[]): void {
  server.logs.say(server.logs.between("alice", peer), peer, ...texts);
}

const bobHasSaid = (...texts: string[]) => hasSaid("bob", ...texts);

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `text ${index + 1}.`);

describe("a conversation whose other side is deleted", () => {
  test("shows no name and no text of theirs, and takes none", async () => {
    bobHasSaid("secret");
    const chat = withBob();
    await chat.shows("secret");
    const conversation = server.logs.between("alice", "bob");
    const body = { user: "bob", tombstone: "erased:x1" };
    const erased = [{ id: "erased", kind: "erased", body } as unknown as NewEntry];
    const entries = server.logs.append(conversation, "erased:x1", erased);
    const { id, epoch } = conversation;
    server.pushTo(["alice"], { type: "entries", conversation: id, epoch, entries });
    await chat.shows(/^ Deleted account/);
    await chat.shows("Deleted account is gone, with all that they wrote");
    await chat.gone("secret");
    await chat.gone("bob");
    chat.enter("are you there?");
    await chat.shows("not sent: this account is deleted");
    expect(server.sends()).toEqual([]);
  });
});

describe("the conversation list", () => {
  test("shows presence and unread counts, and opens the selected conversation", async () => {
    hasSaid("carol", "long ago");
    bobHasSaid("one", "two");
    server.present.add("bob");
    const chat = alice();
    await chat.shows(/▸ 1 ● bob .* two\n {2}2 ○ carol .* long ago/);
    server.say("alice", "carol", "psst", "it is me");
    await chat.shows(/ 1 ○ carol .* 2 {2}it is me/);
    await chat.shows("2 unread");
    chat.type(KEYS.down + KEYS.up + KEYS.enter);
    await chat.shows(/^ carol {2}○ offline/);
    await chat.shows("psst");
    chat.type(KEYS.escape);
    await chat.shows("▸ 1 ○ carol");
    await chat.gone("unread");
  });

  test.each(["bob", "1", "@bob", "/open bob"])("opens the conversation typed as %s", async (name) => {
    bobHasSaid("earlier");
    const chat = alice();
    await chat.shows("▸ 1");
    chat.enter(name);
    await chat.shows(/^ bob/);
  });

  test("says how to start the first conversation", async () => {
    const chat = alice();
    await chat.shows("No conversations yet: type a user's name to start one.");
    chat.enter("bob");
    await chat.shows("no messages yet");
    chat.enter("hello");
    await chat.shows(/you {2}hello {2}✓$/m);
  });
});

describe("a conversation", () => {
  test("updates the status of each message in place", async () => {
    let answer: (() => void) | undefined;
    server.intercept = (frame, connection) => {
      if (frame.type !== "send") return false;
      answer = () => server.answer(frame, connection);
      return true;
    };
    const chat = withBob();
    chat.enter("hello");
    await chat.shows(/you {2}hello {2}…$/m);
    await chat.shows("1 sending");
    (await eventually("the frame", () => answer))();
    await chat.shows(/you {2}hello {2}✓$/m);
    await chat.gone("1 sending");
    server.pushTo(["alice"], { type: "receipt", conversation: WITH_BOB, user: "bob", deliveredSeq: 1 });
    await chat.shows(/you {2}hello {2}✓✓$/m);
    server.pushTo(["alice"], { type: "receipt", conversation: WITH_BOB, user: "bob", readSeq: 1 });
    await chat.shows(/you {2}hello {2}✓✓ read$/m);
    expect(chat.screen.lines.filter((line) => line.includes("hello"))).toHaveLength(1);
  });

  test("scrolls back to its beginning and loads older entries on the way", async () => {
    bobHasSaid(...numbered(150));
    const chat = withBob();
    await chat.shows("text 150.");
    expect(chat.screen.text).not.toContain("text 120.");
    for (let pages = 0; !chat.screen.text.includes("the beginning"); pages += 1) {
      expect(pages).toBeLessThan(60);
      const before = chat.screen.text;
      chat.type(KEYS.pageUp);
      await eventually("the screen to move", () => chat.screen.text !== before);
    }
    await chat.shows("text 1.");
    await chat.shows(/↓ 1\d\d newer/);
    chat.type(KEYS.end);
    await chat.shows("text 150.");
    await chat.gone("newer");
  });

  test("keeps its scroll position when a message arrives, and shows how many are below", async () => {
    bobHasSaid(...numbered(40));
    const chat = withBob();
    await chat.shows("text 40.");
    chat.type(KEYS.up + KEYS.up);
    await chat.shows("↓ 2 newer");
    const first = chat.screen.lines[1];
    server.say("alice", "bob", "text 41.");
    await chat.shows("↓ 3 newer");
    expect(chat.screen.lines[1]).toBe(first);
    chat.enter("an answer goes to the end");
    await chat.shows("an answer goes to the end");
    await chat.gone("newer");
  });

  test("marks messages that were unread when it was opened, and counts unread ones elsewhere", async () => {
    bobHasSaid("zero");
    hasSaid("carol", "zero");
    const chat = alice();
    await chat.shows("2 ○");
    chat.enter("bob");
    await eventually("it to be read", () => server.frames.some(({ type }) => type === "read"));
    chat.type(KEYS.escape);
    await chat.shows("Parley · alice");
    server.say("alice", "bob", "one", "two");
    await chat.shows("2 unread");
    chat.type(KEYS.tab);
    await chat.shows(/── new ──\n.*one\n.*two/);
    server.say("alice", "carol", "psst");
    await chat.shows("1 unread elsewhere");
    chat.type(KEYS.tab);
    await chat.shows(/^ carol/);
    await chat.gone("unread");
  });

  test("shows who is typing, and sends that the user is typing", async () => {
    bobHasSaid("hi");
    const chat = withBob();
    await chat.shows("hi");
    server.pushTo(["alice"], { type: "typing", conversation: WITH_BOB, user: "bob" });
    await chat.shows("bob is typing…");
    server.say("alice", "bob", "there");
    await chat.gone("typing");
    chat.type("/he");
    expect(server.frames.filter(({ type }) => type === "typing")).toEqual([]);
    chat.type("\u0015hello");
    await eventually("the typing", () => server.frames.some(({ type }) => type === "typing"));
  });

  test("is marked read at its end with the terminal in front, not in the background or scrolled up", async () => {
    bobHasSaid(...numbered(20));
    const { client } = openDevice(server, "alice");
    const chat = alice({ client });
    const unread = () => client.conversations[0]?.unread;
    await chat.shows("▸ 1");
    chat.type(KEYS.enter);
    await eventually("the read frame", () =>
      server.frames.some((frame) => frame.type === "read" && frame.seq === 20),
    );
    chat.type(KEYS.loseFocus);
    server.say("alice", "bob", "behind");
    await chat.shows("behind");
    expect(unread()).toBe(1);
    chat.type(KEYS.gainFocus);
    await eventually("it to be read", () => unread() === 0);
    chat.type(KEYS.up);
    server.say("alice", "bob", "below");
    await chat.shows("↓ 2 newer");
    expect(unread()).toBe(1);
    chat.type(KEYS.end);
    await eventually("it to be read", () => unread() === 0);
  });

  test("keeps messages written offline, shows that they wait, and sends them later", async () => {
    const chat = withBob();
    await chat.shows("no messages yet");
    server.refuseHandshakes = true;
    server.cutAll();
    await chat.shows(/offline|connecting/);
    chat.enter("patience");
    await chat.shows(/(offline|connecting…), 1 waiting/);
    await chat.shows(/you {2}patience {2}…$/m);
    server.refuseHandshakes = false;
    await chat.shows(/you {2}patience {2}✓$/m);
    await chat.gone("waiting");
    expect(server.logs.get(WITH_BOB)?.entries).toHaveLength(1);
  });

  test("keeps a refused message with the reason until it is discarded", async () => {
    const refuse = ({ entries }: SendFrame, connection: ServerConnection) => {
      const error = { code: "blocked", message: "bob has blocked you", temporary: false };
      connection.push({ type: "reject", conversation: WITH_BOB, ids: entries.map(({ id }) => id), error });
      return true;
    };
    bobHasSaid("hi");
    server.intercept = (frame, connection) => frame.type === "send" && refuse(frame, connection);
    const chat = withBob();
    await chat.shows("hi");
    chat.enter("hello?");
    await chat.shows(/hello\? {2}✗ not sent: bob has blocked you$/m);
    await chat.shows("not done: bob has blocked you");
    chat.enter("/discard");
    await chat.gone("hello?");
    await chat.shows("1 discarded");
    // A refused reaction is not kept at all.
    chat.enter("/react 👍");
    await chat.shows("not done: bob has blocked you");
    await chat.gone("👍");
  });

  test("shows edits, deletions and reactions at their message", async () => {
    bobHasSaid("lunch?");
    const chat = withBob();
    await chat.shows("lunch?");
    chat.enter("/react 👍");
    await chat.shows("lunch?  👍");
    chat.enter("at noom");
    await chat.shows(/noom {2}✓/);
    chat.enter("/edit at noon");
    await chat.shows("at noon (edited)  ✓");
    chat.enter("/numbers");
    await chat.shows(/#1 +bob {2}lunch/);
    chat.enter("/unreact #1 👍");
    await chat.gone("👍");
    chat.enter("/delete");
    await chat.shows("(deleted)");
    chat.enter("/delete");
    await chat.shows("there is no message of yours here");
  });

  test("shows control sequences from others as text instead of obeying them", async () => {
    const chat = withBob();
    await chat.shows("no messages yet");
    server.say("alice", "bob", "\u001b[5mblink\u001b]0;owned\u0007 \u009b2J", "two\nlines");
    await chat.shows("bob  blink");
    await chat.shows(/bob {2}two\n {11}lines/);
    for (const evil of ["\u001b[5m", "owned", "\u009b"]) expect(chat.screen.written).not.toContain(evil);
  });

  test("sends a pasted text as one message with its line breaks", async () => {
    const chat = withBob();
    await chat.shows("no messages yet");
    chat.type("see: \u001b[200~one\rtwo\u001b[201~");
    await chat.shows("> see: one↵two");
    chat.type(KEYS.enter);
    await chat.shows(/you {2}see: one\n {11}two {2}✓/);
    expect(server.sends().flatMap(({ entries }) => entries.map(({ body }) => body))).toEqual([
      { text: "see: one\ntwo" },
    ]);
  });
});

describe("the screen", () => {
  test("edits its input line like a shell, with the cursor in the right place", async () => {
    const chat = withBob();
    chat.type(`wörld${"\u0001"}hello `);
    await chat.shows("> hello wörld");
    expect(chat.screen.cursor).toEqual({ row: 11, column: 8 });
    chat.type(`${KEYS.end}${KEYS.left}${KEYS.left}`);
    await eventually("the cursor", () => chat.screen.cursor.column === 11);
  });

  test("is redrawn when its size changes and on Ctrl+L", async () => {
    bobHasSaid("a message of some length that is wrapped when the screen is narrow");
    const chat = withBob();
    await chat.shows("that is wrapped");
    chat.screen.resize(32, 8);
    await chat.shows(/bob {2}a message of some\n {11}length that is/);
    const before = chat.screen.written.length;
    chat.type(KEYS.redraw);
    await eventually("everything again", () => chat.screen.written.slice(before).includes("length that is"));
  });

  test("has help, which Esc leaves", async () => {
    const chat = withBob();
    chat.enter("/help");
    await chat.shows(/^ Help\nUp, Down/);
    await chat.shows("more");
    chat.type(KEYS.pageDown.repeat(8));
    await chat.shows("//text");
    chat.type(KEYS.escape);
    await chat.shows(/^ bob/);
  });

  test("reports an unknown command and keeps it for correction until the next line", async () => {
    const chat = withBob();
    chat.enter("/shrug twice");
    await chat.shows("unknown command /shrug; /help");
    await chat.shows("> /shrug twice");
    chat.enter(`${KEYS.home}/`);
    await chat.shows(/you {2}\/shrug twice {2}✓$/m);
    await chat.gone("unknown command");
    chat.enter("/list all");
    await chat.shows("usage: /list");
    chat.enter(KEYS.clearLine);
    await chat.gone("usage: /list");
    chat.type(KEYS.escape);
    await chat.shows("Parley · alice");
    chat.enter("/rename Lunch");
    await chat.shows("open a conversation first: /open <user");
  });

  test("completes commands and names", async () => {
    bobHasSaid("hi");
    const chat = alice();
    await chat.shows("▸ 1");
    // One key at a time: a pasted tab is text.
    for (const keys of ["/op", KEYS.tab, "b", KEYS.tab]) chat.type(keys);
    await chat.shows("> /open bob");
    chat.type(KEYS.enter);
    await chat.shows(/^ bob/);
  });

  test("can be left by Ctrl+C, Ctrl+D and /quit, and restores the terminal's modes", async () => {
    const chat = withBob();
    await chat.shows("no messages yet");
    expect(chat.screen.modes).toContain("?1049");
    chat.enter("/quit");
    chat.type(KEYS.interrupt);
    chat.type(KEYS.endOfInput);
    expect(chat.left).toEqual(["quit", "interrupt", "quit"]);
    chat.app.close();
    expect(chat.screen.modes).toEqual(new Set(["?7", "?25"]));
  });
});
