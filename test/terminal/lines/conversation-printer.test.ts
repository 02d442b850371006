import { afterEach, expect, test } from "vitest";
import { ConversationPrinter } from "../../../terminal/lines/conversation-printer.ts";
import { LinePrinter } from "../../../terminal/lines/line-printer.ts";
import { openConversation } from "../../../terminal/session/conversations.ts";
import { createPalette } from "../../../terminal/text/palette.ts";
import { type Device, openDevice } from "../../client/support/device.ts";
import { settled, Wire } from "../../client/support/wire.ts";
import { entries, withBob } from "../../client/support/with-bob.ts";
import { style } from "../support/fixtures.ts";

let alice: Device;

afterEach(() => alice.client.close());

async function openWithBob(about = withBob(30)) {
  const wire = new Wire();
  alice = openDevice(wire, "alice", { transport: wire.transport });
  await wire.connect(about);
  const lines: string[] = [];
  const conversation = new ConversationPrinter(openConversation(alice.client, { user: "bob" }), {
    printer: new LinePrinter(createPalette(false), (line) => lines.push(line)),
    style: () => style,
    marksRead: false,
  });
  return { wire, lines, conversation };
}

test("the newest entries of a conversation of which only the list is known are loaded and printed", async () => {
  const { wire, lines, conversation } = await openWithBob();
  const printed = conversation.printRecent();
  expect(lines).toEqual([]);
  const page = { epoch: 1, lastSeq: 30, first: 1, more: true };
  await wire.last.answer("history", { ...page, entries: entries(11, 30) });
  await printed;
  expect(lines[0]).toBe("with bob:");
  expect(lines.slice(1).map((line) => line.match(/text \d+/)?.[0])).toEqual(
    entries(21, 30).map(({ seq }) => `text ${seq}`),
  );
});

test("nothing is printed of a conversation that was closed while it was loaded", async () => {
  const { wire, lines, conversation } = await openWithBob();
  const printed = conversation.printRecent();
  conversation.close();
  await wire.last.answer("history", {
    epoch: 1,
    lastSeq: 30,
    first: 1,
    entries: entries(11, 30),
    more: true,
  });
  await printed;
  expect(lines).toEqual([]);
});

test("a conversation that cannot be loaded says so", async () => {
  const { wire, lines, conversation } = await openWithBob();
  const printed = conversation.printRecent();
  await settled();
  await wire.last.cut();
  await printed;
  expect(lines).toEqual(["messages with bob cannot be loaded right now"]);
});

test("an empty conversation is not asked for", async () => {
  const { wire, lines, conversation } = await openWithBob(withBob(0));
  await conversation.printRecent();
  expect(lines).toEqual(["no messages with bob yet"]);
  expect(wire.last.of("history")).toEqual([]);
});
