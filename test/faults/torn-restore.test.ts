import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteCommand, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Entry } from "../../protocol/index.ts";
import { type Embedded, startEmbedded } from "../e2e/support/embedded.ts";
import { connect, newUser, say, text } from "../e2e/support/target.ts";
import { runScript } from "../support/process.ts";
import { tableClient } from "../support/stored-item.ts";
import type { Wire } from "../support/wire.ts";

// A restored table can miss the newest changes of single items. Here single items are put back into an older state.

let folder: string;
let embedded: Embedded;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "parley-torn-"));
  embedded = await startEmbedded({ dataDir: folder });
});
afterEach(async () => {
  await embedded.cloud.stop();
  await rm(folder, { recursive: true });
});

type Items = ReadonlyMap<string, Record<string, unknown>>;

async function tableItems(): Promise<Items> {
  const { Items = [] } = await tableClient(embedded.cloud).send(
    new ScanCommand({ TableName: embedded.cloud.resources.table, ConsistentRead: true }),
  );
  return new Map(Items.map((item) => [`${item.pk} ${item.sk}`, item]));
}

/** Puts one item back to what it was; an item that did not exist is deleted. */
async function putBack(before: Items, pk: string, sk: string): Promise<void> {
  const TableName = embedded.cloud.resources.table;
  const Item = before.get(`${pk} ${sk}`);
  const command =
    Item === undefined
      ? new DeleteCommand({ TableName, Key: { pk, sk } })
      : new PutCommand({ TableName, Item });
  await tableClient(embedded.cloud).send(command as PutCommand);
}

async function doctor(...args: string[]) {
  const script = runScript("ops/doctor.ts", "--local", embedded.cloud.url, "--heads", ...args);
  const exitCode = await script.exitCode;
  return { exitCode, output: script.output() };
}

async function writeTexts(wire: Wire, to: string, count: number, from = 0): Promise<string> {
  let last = "";
  for (let index = from + 1; index <= from + count; index++) {
    const seen: [number, number] | 0 = index === 1 ? 0 : [1, index - 1];
    last = (await say(wire, to, `text ${index} ${"x".repeat(150)}`, seen)).conversation;
  }
  return last;
}

/** As after a restore: the functions are new, and the epoch is raised. */
async function restart(): Promise<void> {
  await embedded.cloud.stop();
  embedded = await startEmbedded({ dataDir: folder, epochFloor: 2 });
}

async function wholeHistory(wire: Wire, conversation: string): Promise<readonly Entry[]> {
  return (await wire.history({ conversation, after: 0, limit: 100 })).entries;
}

function seqs(entries: readonly Entry[]): number[] {
  return entries.map(({ seq }) => seq);
}

function upTo(last: number, from = 1): number[] {
  return Array.from({ length: last - from + 1 }, (_, index) => from + index);
}

test("a head that has gone back is mended: its log is whole, and the conversation goes on", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const conversation = await writeTexts(await connect(embedded.target, alice), bob, 4);
  const before = await tableItems();
  await writeTexts(await connect(embedded.target, alice), bob, 26, 4);
  const lastStored = lastSegmentEnd(await tableItems(), conversation);
  await putBack(before, `C#${conversation}`, "HEAD");

  const looked = await doctor("--json");
  expect(looked.exitCode).toBe(1);
  expect(JSON.parse(looked.output)).toMatchObject({ conversations: 1, fine: 0, open: 1, writeUnits: 0 });
  expect(looked.output).not.toContain("text 1");
  const mended = await doctor("--mend");
  expect(mended.output).toMatch(/mended: the head ends at 4, its segments go on to \d+ \(head-behind\)/);
  expect(mended.output).toMatch(/1 conversations in .*: 0 fine, 1 mended/);
  expect(mended.exitCode).toBe(0);
  const again = await doctor();
  expect(again.output).toMatch(/1 fine\.\nConsumed [1-9]\d* read units and 0 write units\./);
  expect(again.exitCode).toBe(0);

  await restart();
  const atAlice = await connect(embedded.target, alice);
  const atBob = await connect(embedded.target, bob);
  expect(seqs(await wholeHistory(atBob, conversation))).toEqual(upTo(lastStored));
  let seen: [number, number] = [1, lastStored];
  for (let index = 0; index < 20; index++) {
    const { epoch, seq } = await say(atAlice, bob, `after ${index} ${"x".repeat(150)}`, seen);
    expect([epoch, seq]).toEqual([2, lastStored + index + 1]);
    seen = [epoch, seq];
  }
  const entries = await wholeHistory(atBob, conversation);
  expect(seqs(entries)).toEqual(upTo(lastStored + 20));
  expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
  const [synced] = (await atBob.sync({ [conversation]: [1, lastStored] })).conversations;
  expect(seqs(synced?.entries ?? [])).toEqual(upTo(lastStored + 20, lastStored + 1));
  expect((await doctor()).exitCode).toBe(0);
});

test("without the doctor such a conversation forgets its newest entries, and others take their numbers", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const conversation = await writeTexts(await connect(embedded.target, alice), bob, 4);
  const before = await tableItems();
  await writeTexts(await connect(embedded.target, alice), bob, 26, 4);
  await putBack(before, `C#${conversation}`, "HEAD");
  await restart();
  const atAlice = await connect(embedded.target, alice);
  expect(seqs(await wholeHistory(atAlice, conversation))).toEqual(upTo(4));
  expect(await say(atAlice, bob, "in its place", [1, 4])).toMatchObject({ epoch: 2, seq: 5 });
});

test("a segment that is gone is marked: readers hide what is before it, and report it no more", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const conversation = await writeTexts(await connect(embedded.target, alice), bob, 30);
  const items = await tableItems();
  const [, second] = segmentsOf(items, conversation);
  await putBack(new Map(), String(second?.pk), String(second?.sk));
  const firstAfter = Number(second?.firstSeq) + countOf(second);

  const lost = await wholeHistory(await connect(embedded.target, bob), conversation);
  expect(seqs(lost)).toEqual(upTo(30, firstAfter));
  const isReported = () =>
    embedded.logs.some((line) => line.includes("entries of a conversation are missing"));
  expect(isReported()).toBe(true);
  const marked = await doctor("--mend");
  expect(marked.output).toMatch(/✓ marked: entr.* missing, so readers hide what is before \(hole\)/);
  expect(marked.exitCode).toBe(0);

  await restart();
  const atAlice = await connect(embedded.target, alice);
  expect(seqs(await wholeHistory(atAlice, conversation))).toEqual(upTo(30, firstAfter));
  expect(await say(atAlice, bob, "goes on", [1, 30])).toMatchObject({ seq: 31 });
  expect(isReported()).toBe(false);
  // A copy from the table of before the restore fills the hole.
  await putBack(items, String(second?.pk), String(second?.sk));
  const filled = await doctor("--mend");
  expect(filled.output).toMatch(/mended: .* marked as missing \(mark\)/);
  expect(seqs(await wholeHistory(atAlice, conversation))).toEqual(upTo(31));
});

test("a removed member whose row has gone back is kept out", async () => {
  const [owner, guest] = [newUser("owner"), newUser("guest")];
  const atOwner = await connect(embedded.target, owner);
  const create = { type: "create", entryId: text("").id, title: "Friends", members: [guest] };
  atOwner.send({ type: "create", id: create.entryId, title: create.title, members: create.members });
  const { conversation } = await atOwner.next("ack");
  const before = await tableItems();
  const remove = { id: text("").id, kind: "member.remove" as const, body: { users: [guest] } };
  atOwner.send({ type: "send", conversation, seen: [1, 1], entries: [remove] });
  await atOwner.next("ack", ({ entries }) => entries.some(({ id }) => id === remove.id));
  for (const key of before.keys()) {
    const [pk = "", sk = ""] = key.split(" ");
    if (sk.startsWith("MEMBER#") || pk === `U#${guest}`) await putBack(before, pk, sk);
  }
  const { output, exitCode } = await doctor("--mend");
  expect(output).toContain(`mended: the member row of ${guest} is not as log and members say (member-row)`);
  expect(exitCode).toBe(0);
  await restart();
  const atGuest = await connect(embedded.target, guest);
  atGuest.send({ type: "send", conversation, seen: [1, 2], entries: [text("still here?")] });
  expect((await atGuest.next("reject")).error.code).toBe("not_a_member");
});

test("a conversation without a head is named with what there is of it", async () => {
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const conversation = await writeTexts(await connect(embedded.target, alice), bob, 1);
  for (const key of (await tableItems()).keys()) {
    const [pk = "", sk = ""] = key.split(" ");
    if (pk === `C#${conversation}`) await putBack(new Map(), pk, sk);
  }
  const { output, exitCode } = await doctor("--mend");
  expect(output).toContain(conversation);
  expect(output).toMatch(/✗ left: no head, but segments: 0, member rows: 0, inbox rows: 2 \(head-missing\)/);
  expect(exitCode).toBe(1);
});

function segmentsOf(items: Items, conversation: string) {
  return [...items.values()]
    .filter(({ pk, sk }) => pk === `C#${conversation}` && String(sk).startsWith("SEG#"))
    .sort((a, b) => Number(a.firstSeq) - Number(b.firstSeq));
}

function lastSegmentEnd(items: Items, conversation: string): number {
  const last = segmentsOf(items, conversation).at(-1);
  return Number(last?.firstSeq) + countOf(last) - 1;
}

function countOf(segment: Record<string, unknown> | undefined): number {
  return (JSON.parse(String(segment?.entries)) as unknown[]).length;
}
