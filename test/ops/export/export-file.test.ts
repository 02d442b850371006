import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { groupConversationId } from "../../../functions/core/log/conversation-id.ts";
import type { PublishedEntry } from "../../../functions/ports/published-frame.ts";
import { counted, lineWriter, NO_COUNTS, reopened } from "../../../ops/export/export-file.ts";
import { ExportLine } from "../../../ops/export/export-line.ts";
import { exportLines } from "../../../ops/export/export-user.ts";
import { CommitWorld } from "../../core/support/commit-world.ts";
import { ALICE_BOB, published } from "../../support/frames.ts";

const GROUP = groupConversationId("bob", "the-group");
const signal = new AbortController().signal;
const world = new CommitWorld();
const folder = mkdtempSync(join(tmpdir(), "export-"));
const file = join(folder, "alice.jsonl");

afterAll(() => rmSync(folder, { recursive: true }));

let ids = 0;

async function say(user: string, conversation: string, entry: Omit<PublishedEntry, "id">): Promise<void> {
  world.nowMs += 1_000;
  ids += 1;
  const { to: _, ...frame } = published({
    sender: { user, connection: `${user}-1` },
    conversation,
    entries: [{ id: `e${ids}`, ...entry } as PublishedEntry],
  });
  await world.commit([
    conversation === ALICE_BOB ? { ...frame, to: { user: user === "bob" ? "alice" : "bob" } } : frame,
  ]);
}

const text = (words: string) => ({ kind: "text" as const, body: { text: words } });

/** Exports as the command does, from where the file ends. */
async function exportToFile(): Promise<void> {
  const before = await reopened(file);
  if (before?.isComplete) return;
  const writer = await lineWriter(file);
  let counts = before?.counts ?? NO_COUNTS;
  const input = { user: "alice", deployment: "test", from: before?.place };
  for await (const line of exportLines(world.deps, input, signal)) {
    await writer.write(line);
    counts = counted(counts, line);
  }
  await writer.write({ type: "end", ...counts });
  await writer.close();
}

const linesOf = () =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => v.parse(ExportLine, JSON.parse(line)));

beforeAll(async () => {
  await world.connect("alice");
  for (let index = 1; index <= 30; index++)
    await say(index % 3 === 0 ? "bob" : "alice", ALICE_BOB, text(`direct ${index}`));
  world.nowMs += 60_000;
  const { to: _, ...create } = published({
    sender: { user: "bob", connection: "bob-1" },
    conversation: GROUP,
    entries: [{ id: "the-group", kind: "create", body: { title: "Bob's", members: ["alice", "carol"] } }],
  });
  await world.commit([create]);
  for (let index = 2; index <= 8; index++)
    await say(index % 2 === 0 ? "bob" : "alice", GROUP, text(`group ${index} 🧑‍🚀`));
  for (const key of ["👍", "🎉"]) await say("alice", GROUP, { kind: "reaction", body: { of: 2, key } });
  await say("carol", GROUP, { kind: "reaction", body: { of: 3, key: "👍" } });
});

test("an export has what the user has said, how they reacted and what they have set, and nothing of others", async () => {
  await exportToFile();
  const lines = linesOf();
  expect(lines[0]).toEqual({ type: "export", version: 1, user: "alice", deployment: "test" });
  expect(lines[1]).toMatchObject({ type: "profile", user: "alice", connections: [{ connectedAtMs: 0 }] });
  const conversations = lines.filter(({ type }) => type === "conversation");
  expect(conversations).toContainEqual(
    expect.objectContaining({
      conversation: GROUP,
      kind: "group",
      title: "Bob's",
      role: "member",
      ranges: [[1]],
    }),
  );
  expect(conversations).toContainEqual(
    expect.objectContaining({ conversation: ALICE_BOB, kind: "direct", peer: "bob" }),
  );
  const said = lines.flatMap((line) =>
    line.type === "entry" && line.kind === "text" ? [(line.body as { text: string }).text] : [],
  );
  expect(said).toHaveLength(20 + 3);
  expect(said.filter((words) => words.startsWith("group"))).toEqual([
    "group 3 🧑‍🚀",
    "group 5 🧑‍🚀",
    "group 7 🧑‍🚀",
  ]);
  expect(lines.filter(({ type }) => type === "reaction")).toEqual([
    { type: "reaction", conversation: GROUP, seq: 2, key: "👍" },
    { type: "reaction", conversation: GROUP, seq: 2, key: "🎉" },
  ]);
  expect(lines.at(-1)).toEqual({ type: "end", conversations: 2, entries: 25, reactions: 2 });
});

test("an export that was interrupted at any byte goes on, and the file is the same as without", async () => {
  const whole = readFileSync(file);
  for (let length = 0; length < whole.length; length += 23) {
    writeFileSync(file, whole.subarray(0, length));
    await exportToFile();
    expect(readFileSync(file, "utf8"), `after ${length} bytes`).toBe(whole.toString());
  }
});

test("a forgotten conversation is in the export", async () => {
  rmSync(file);
  await say("alice", GROUP, { kind: "member.leave", body: {} });
  const row = world.store.row({ user: "alice", conversation: GROUP });
  expect(
    await world.deps.inbox.forget({ user: "alice", conversation: GROUP }, row?.ranges ?? [], signal),
  ).toBe(true);
  await exportToFile();
  const lines = linesOf();
  expect(lines).toContainEqual(
    expect.objectContaining({ type: "conversation", conversation: GROUP, forgotten: true }),
  );
  expect(lines.at(-1)).toEqual({ type: "end", conversations: 2, entries: 26, reactions: 2 });
});

test("a file that is no export is left alone", async () => {
  for (const content of ["hello\n", "hello", '{"type":"profile","user":"alice","connections":[]}\n']) {
    writeFileSync(file, content);
    await expect(reopened(file)).rejects.toThrow("is no export");
    expect(readFileSync(file, "utf8")).toBe(content);
  }
});
