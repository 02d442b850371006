import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { headKey, segmentKey } from "../../functions/adapters/dynamodb/keys.ts";
import type { Entry } from "../../protocol/index.ts";
import { everythingStored } from "../faults/support/stored-texts.ts";
import { storedItem } from "../support/stored-item.ts";
import type { Wire } from "../support/wire.ts";
import { type Embedded, startEmbedded } from "./support/embedded.ts";
import { append, createGroup, write } from "./support/group.ts";
import { connect, newUser, say } from "./support/target.ts";

const HOUR_SECONDS = 3_600;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const bodies = (entries: readonly Entry[]) =>
  entries.filter(({ kind }) => kind === "text").map(({ body }) => (body as { text: string }).text);
const seqs = (entries: readonly { seq: number }[]) => entries.map(({ seq }) => seq);
const retain = (wire: Wire, conversation: string, seconds: number | null) =>
  append(wire, conversation, { kind: "retention", body: { seconds } });

async function synced(wire: Wire, conversation: string, cursor?: number) {
  const { conversations } = await wire.sync(cursor === undefined ? {} : { [conversation]: [1, cursor] });
  return conversations.find((one) => one.conversation === conversation);
}

/** Checks that the visible entries are the end of the log, without a gap. */
async function expectNoHole(wire: Wire, conversation: string): Promise<Entry[]> {
  const { first, lastSeq } = await wire.history({ conversation });
  const log = await wire.log(conversation);
  expect(seqs(log)).toEqual(Array.from({ length: lastSeq - first + 1 }, (_, index) => first + index));
  return log;
}

describe("with entries kept for ever unless a conversation limits it", () => {
  let embedded: Embedded;
  beforeAll(async () => {
    embedded = await startEmbedded();
  });
  afterAll(() => embedded.cloud.stop());

  /** Advances the clock beyond the tokens' expiry: everyone reconnects. */
  async function later(ms: number, ...users: string[]): Promise<[Wire, Wire, Wire]> {
    embedded.cloud.clock.advance(ms);
    return comeBack(...users);
  }
  async function comeBack(...users: string[]): Promise<[Wire, Wire, Wire]> {
    const wires = await Promise.all(users.map((user) => connect(embedded.target, user)));
    return wires as [Wire, Wire, Wire];
  }
  async function group() {
    const users: [string, string, string] = [newUser("alice"), newUser("bob"), newUser("carol")];
    const wires = await comeBack(...users);
    const conversation = await createGroup(wires[0], users.slice(1), { title: "Short memory" });
    return { users, wires, conversation };
  }

  test("an admin sets a group's retention; older entries are gone from history, sync and preview", async () => {
    const { users, wires, conversation } = await group();
    const [atAlice, atBob, atCarol] = wires;
    await append(atAlice, conversation, { kind: "role", body: { user: users[1], role: "admin" } });
    await write(atCarol, conversation, "old one");
    expect(await retain(atCarol, conversation, HOUR_SECONDS)).toMatchObject({ refused: "forbidden" });
    expect(await retain(atBob, conversation, 2 * HOUR_SECONDS)).toMatchObject({ refused: undefined });
    const { seq } = await write(atCarol, conversation, "old two");

    const [, , soon] = await later(HOUR_MS, ...users);
    expect(bodies(await soon.log(conversation))).toEqual(["old one", "old two"]);
    expect(await synced(soon, conversation)).toMatchObject({ first: 1, preview: { text: "old two" } });

    const after = await later(HOUR_MS, ...users);
    for (const wire of after) {
      expect(await wire.log(conversation)).toEqual([]);
      expect(await wire.history({ conversation })).toMatchObject({
        first: seq + 1,
        lastSeq: seq,
        entries: [],
        more: false,
      });
      const empty = await synced(wire, conversation);
      expect(empty).toMatchObject({ title: "Short memory", first: seq + 1, lastSeq: seq, entries: [] });
      expect(empty?.preview).toBeUndefined();
    }
    const fresh = await write(after[0], conversation, "new");
    expect(fresh.seq).toBe(seq + 1);
    for (const wire of after) {
      expect(bodies(await expectNoHole(wire, conversation))).toEqual(["new"]);
      const conversationNow = await synced(wire, conversation);
      expect(conversationNow).toMatchObject({ first: fresh.seq, preview: { text: "new" } });
      expect(bodies(conversationNow?.entries ?? [])).toEqual(["new"]);
    }
    // Nor page by page from either end.
    expect((await after[1].history({ conversation, before: fresh.seq })).entries).toEqual([]);
    expect(await after[1].history({ conversation, after: 0, limit: 1 })).toMatchObject({
      entries: [{ seq: fresh.seq }],
      more: false,
    });
  });

  test("a device whose cursor is older than the retention is reset and gets what is left; a newer one continues", async () => {
    const { users, wires, conversation } = await group();
    await retain(wires[0], conversation, 2 * HOUR_SECONDS);
    for (const text of ["one", "two", "three"]) await write(wires[0], conversation, text);
    const [atAlice] = await later(1.5 * HOUR_MS, ...users);
    const { seq } = await write(atAlice, conversation, "four");
    await write(atAlice, conversation, "five");
    const [, , atCarol] = await later(HOUR_MS, ...users);

    for (const cursor of [0, 1, seq - 2]) {
      const conversationNow = await synced(atCarol, conversation, cursor);
      expect(conversationNow).toMatchObject({ reset: true, first: seq, lastSeq: seq + 1 });
      expect(bodies(conversationNow?.entries ?? [])).toEqual(["four", "five"]);
    }
    // Nothing is gone that this device has not seen.
    for (const [cursor, left] of [
      [seq - 1, ["four", "five"]],
      [seq, ["five"]],
      [seq + 1, []],
    ] as const) {
      const conversationNow = await synced(atCarol, conversation, cursor);
      expect(conversationNow?.reset).toBeUndefined();
      expect(conversationNow).toMatchObject({ first: seq });
      expect(bodies(conversationNow?.entries ?? [])).toEqual(left);
    }
    expect(await atCarol.history({ conversation, limit: 1 })).toMatchObject({
      first: seq,
      entries: [{ seq: seq + 1 }],
      more: true,
    });

    // All entries are gone. A device that missed some is reset; one that had all has nothing to forget.
    const [atAliceLater] = await later(2 * HOUR_MS, ...users);
    const missed = await synced(atAliceLater, conversation, seq);
    expect(missed).toMatchObject({ reset: true, first: seq + 2, lastSeq: seq + 1, entries: [] });
    const complete = await synced(atAliceLater, conversation, seq + 1);
    expect(complete?.reset).toBeUndefined();
  });

  test("a shorter retention of one user hides entries from that user only, and can be undone", async () => {
    const { users, wires, conversation } = await group();
    await write(wires[0], conversation, "old");
    await wires[1].request({ type: "keep", conversation, seconds: HOUR_SECONDS });
    const [, atBob, atCarol] = await later(2 * HOUR_MS, ...users);
    expect(await atBob.history({ conversation })).toMatchObject({ first: 3, lastSeq: 2, entries: [] });
    const mine = await synced(atBob, conversation, 1);
    expect(mine).toMatchObject({ reset: true, first: 3, unread: 0, entries: [] });
    expect(mine?.preview).toBeUndefined();
    expect(bodies(await atCarol.log(conversation))).toEqual(["old"]);
    expect(await synced(atCarol, conversation, 1)).toMatchObject({
      first: 1,
      unread: 1,
      preview: { text: "old" },
    });

    await atBob.request({ type: "keep", conversation, seconds: null });
    expect(bodies(await atBob.log(conversation))).toEqual(["old"]);
    expect(await synced(atBob, conversation)).toMatchObject({
      first: 1,
      unread: 1,
      preview: { text: "old" },
    });
    const stranger = await connect(embedded.target, newUser("mallory"));
    await expect(
      stranger.request({ type: "keep", conversation, seconds: HOUR_SECONDS }),
    ).rejects.toMatchObject({ code: "not_found" });
  });

  test("a user's longer retention than the conversation's brings nothing back", async () => {
    const { users, wires, conversation } = await group();
    await write(wires[0], conversation, "old");
    await retain(wires[0], conversation, HOUR_SECONDS);
    await wires[1].request({ type: "keep", conversation, seconds: 100 * HOUR_SECONDS });
    const [, atBob] = await later(2 * HOUR_MS, ...users);
    expect(await atBob.log(conversation)).toEqual([]);
    await atBob.request({ type: "keep", conversation, seconds: null });
    expect(await atBob.log(conversation)).toEqual([]);
  });

  test("when a retention is removed, entries it hid stay hidden, and the visible ones have no gap", async () => {
    const { users, wires, conversation } = await group();
    await write(wires[0], conversation, "before all");
    await retain(wires[0], conversation, 2 * HOUR_SECONDS);
    await write(wires[0], conversation, "hidden");
    const [between] = await later(1.5 * HOUR_MS, ...users);
    await write(between, conversation, "under the short one");
    const [atAlice, atBob] = await later(HOUR_MS, ...users);
    expect(await retain(atAlice, conversation, null)).toMatchObject({ refused: undefined });
    await write(atAlice, conversation, "for ever");
    expect(bodies(await expectNoHole(atBob, conversation))).toEqual(["under the short one", "for ever"]);
    expect(await synced(atBob, conversation, 2)).toMatchObject({ reset: true });

    // Entries written under it expire as they did before, though no later entry is hidden any more.
    const [atAliceLater, atBobLater] = await later(100 * DAY_MS, ...users);
    expect(bodies(await expectNoHole(atBobLater, conversation))).toEqual(["for ever"]);
    await write(atAliceLater, conversation, "still there");
    expect(bodies(await expectNoHole(atBobLater, conversation))).toEqual(["for ever", "still there"]);
    expect(await storedItem(embedded.cloud, headKey(conversation))).not.toHaveProperty("retentionSeconds");
  });

  test("entries a removed retention had not hidden yet still expire with it: no entry outlives a newer one", async () => {
    const { users, wires, conversation } = await group();
    await write(wires[0], conversation, "stored for ever");
    await retain(wires[0], conversation, 2 * HOUR_SECONDS);
    await write(wires[0], conversation, "stored for two hours");
    const [atAlice, atBob] = await later(HOUR_MS, ...users);
    await retain(atAlice, conversation, null);
    await write(atAlice, conversation, "after it");
    const both = ["stored for ever", "stored for two hours", "after it"];
    expect(bodies(await expectNoHole(atBob, conversation))).toEqual(both);
    const [, atBobLater] = await later(2 * HOUR_MS, ...users);
    expect(bodies(await expectNoHole(atBobLater, conversation))).toEqual(["after it"]);
  });

  test("in a direct conversation a retention hides nothing that was there before, whoever sets it", async () => {
    const users: [string, string, string] = [newUser("victim"), newUser("mallory"), newUser("carol")];
    const [atVictim, atMallory] = await comeBack(...users);
    const { conversation } = await say(atVictim, users[1], "evidence");
    await write(atMallory, conversation, "threat");
    expect(await retain(atMallory, conversation, HOUR_SECONDS)).toMatchObject({ refused: undefined });
    await write(atMallory, conversation, "gone in an hour");
    const all = ["evidence", "threat", "gone in an hour"];
    expect(bodies(await atVictim.log(conversation))).toEqual(all);

    const [victimLater, malloryLater] = await later(HOUR_MS, ...users);
    for (const wire of [victimLater, malloryLater]) {
      expect(bodies(await wire.log(conversation))).toEqual(["evidence", "threat"]);
      // Expired entries are a gap, as between two memberships, and nobody waits for them.
      const now = await synced(wire, conversation);
      expect(now).toMatchObject({ first: 1, lastSeq: 4, ranges: [[1, 2], [5]], entries: [] });
      expect(now?.preview).toBeUndefined();
      expect(await synced(wire, conversation, 2)).toMatchObject({ reset: true, entries: [] });
      expect((await synced(wire, conversation, 4))?.reset).toBeUndefined();
      expect(await wire.history({ conversation, after: 2 })).toMatchObject({ entries: [], more: false });
    }
    // What was sent before it was kept for ever is kept for ever.
    await retain(malloryLater, conversation, null);
    await append(victimLater, conversation, { kind: "text", body: { text: "still here" } }, [1, 5]);
    const [muchLater] = await later(100 * DAY_MS, ...users);
    expect(bodies(await muchLater.log(conversation))).toEqual(["evidence", "threat", "still here"]);
    expect(await synced(muchLater, conversation, 2)).toMatchObject({ reset: true, first: 1 });
    expect(await synced(muchLater, conversation)).toMatchObject({ preview: { text: "still here" } });
    expect(
      await append(muchLater, conversation, { kind: "reaction", body: { of: 1, key: "👍" } }),
    ).toMatchObject({ refused: undefined });
    expect(
      await append(muchLater, conversation, { kind: "reaction", body: { of: 4, key: "👍" } }),
    ).toMatchObject({ refused: "not_found" });
  });

  test("an expired entry cannot be edited, deleted or reacted to: it is `not_found` for everybody", async () => {
    const { users, wires, conversation } = await group();
    await retain(wires[0], conversation, HOUR_SECONDS);
    const { seq } = await write(wires[1], conversation, "old");
    const before = await retain(wires[0], conversation, 2 * HOUR_SECONDS);
    const [atAlice, atBob] = await later(2 * HOUR_MS, ...users);
    const after = await write(atBob, conversation, "new");
    for (const wire of [atAlice, atBob]) {
      for (const expired of [seq, before.seq]) {
        for (const entry of [
          { kind: "edit" as const, body: { of: expired, text: "changed" } },
          { kind: "delete" as const, body: { of: expired } },
          { kind: "reaction" as const, body: { of: expired, key: "👍" } },
        ]) {
          expect(await append(wire, conversation, entry)).toMatchObject({ refused: "not_found" });
        }
      }
    }
    expect(
      await append(atAlice, conversation, { kind: "reaction", body: { of: after.seq, key: "👍" } }),
    ).toMatchObject({ refused: undefined });
    expect(JSON.stringify(await storedItem(embedded.cloud, segmentKey(conversation, seq)))).not.toContain(
      "changed",
    );
  });

  test("entries hidden by one user's retention can still be reacted to by others", async () => {
    const { users, wires, conversation } = await group();
    const { seq } = await write(wires[0], conversation, "old");
    await wires[1].request({ type: "keep", conversation, seconds: HOUR_SECONDS });
    const [, , atCarol] = await later(2 * HOUR_MS, ...users);
    expect(
      await append(atCarol, conversation, { kind: "reaction", body: { of: seq, key: "👍" } }),
    ).toMatchObject({ refused: undefined });
  });

  test("unread does not count hidden entries", async () => {
    const { users, wires, conversation } = await group();
    await retain(wires[0], conversation, 2 * HOUR_SECONDS);
    for (const text of ["one", "two", "three"]) await write(wires[0], conversation, text);
    const [atAlice, atBob] = await later(1.5 * HOUR_MS, ...users);
    await write(atAlice, conversation, "four");
    expect(await synced(atBob, conversation)).toMatchObject({ unread: 4 });
    const [atAliceLater, atBobLater] = await later(HOUR_MS, ...users);
    const { seq } = await write(atAliceLater, conversation, "five");
    // No matter how it is counted: from the entries of the reply, or from the log.
    for (const cursor of [undefined, 0, seq - 1, seq]) {
      expect(await synced(atBobLater, conversation, cursor)).toMatchObject({ unread: 2 });
    }
    await atBobLater.request({ type: "keep", conversation, seconds: HOUR_SECONDS });
    expect(await synced(atBobLater, conversation, seq)).toMatchObject({ unread: 1 });
  });

  test("of a text that has expired nothing is stored: not even the last one of a conversation, in its preview", async () => {
    const { users, wires, conversation } = await group();
    await retain(wires[0], conversation, HOUR_SECONDS);
    await write(wires[0], conversation, "my PIN is 1234");
    expect(await synced(wires[1], conversation, 3)).toMatchObject({ preview: { text: "my PIN is 1234" } });
    const itemsWithIt = async () => {
      const items = await everythingStored(embedded.cloud);
      return items.filter((item) => item.includes("my PIN") && !isDeleted(JSON.parse(item)));
    };
    /** True for an item that the table deletes by its time to live. */
    const isDeleted = ({ ttl }: { ttl?: number }) =>
      ttl !== undefined && ttl * 1_000 <= embedded.cloud.clock.now();
    expect(await itemsWithIt()).toHaveLength(1);
    await later(HOUR_MS + 1_000, ...users);
    expect(await itemsWithIt()).toEqual([]);
  });

  test("entries with a retention are stored with the second after which the table may delete them, others without", async () => {
    const { wires, conversation } = await group();
    const kept = await write(wires[0], conversation, "for ever");
    // Enough that the first are in a segment, and the last in the head.
    for (let count = 0; count < 9; count++)
      await write(wires[0], conversation, `for ever ${count} ${"x".repeat(50)}`);
    await retain(wires[0], conversation, 2 * HOUR_SECONDS);
    const { seq } = await write(wires[0], conversation, "for two hours");
    const item = await storedItem(embedded.cloud, segmentKey(conversation, seq));
    const [entry] = (await wires[0].history({ conversation, after: seq - 1 })).entries;
    const expiresAtMs = (entry?.sentAtMs ?? 0) + 2 * HOUR_MS;
    expect(item).toMatchObject({ expiresAtMs, ttl: Math.ceil(expiresAtMs / 1000) });
    const forEver = await storedItem(embedded.cloud, segmentKey(conversation, kept.seq));
    expect(forEver).toHaveProperty("entries");
    expect(forEver).not.toHaveProperty("ttl");

    // An edit writes the item again, and must not extend its life.
    await append(wires[0], conversation, { kind: "edit", body: { of: seq, text: "edited" } });
    const edited = await storedItem(embedded.cloud, segmentKey(conversation, seq));
    expect(edited).toMatchObject({ expiresAtMs, ttl: item?.ttl });
    expect(edited?.entries).toContain("edited");
  });
});

describe("with a deployment that keeps entries for one day", () => {
  let embedded: Embedded;
  beforeAll(async () => {
    embedded = await startEmbedded({ retentionDays: 1 });
  });
  afterAll(() => embedded.cloud.stop());

  test("new conversations, direct and group, start with that retention, and a group may change it", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const atAlice = await connect(embedded.target, alice);
    const { conversation } = await say(atAlice, bob, "hello");
    const group = await createGroup(atAlice, [bob]);
    await write(atAlice, group, "hello group");
    const longer = await createGroup(atAlice, [bob]);
    await retain(atAlice, longer, 48 * HOUR_SECONDS);
    await write(atAlice, longer, "for longer");
    const item = await storedItem(embedded.cloud, segmentKey(conversation, 1));
    expect(item?.ttl).toBe(Math.ceil(Number(item?.expiresAtMs) / 1000));
    const [entry] = await atAlice.log(conversation);
    expect(item?.expiresAtMs).toBe((entry?.sentAtMs ?? 0) + DAY_MS);

    embedded.cloud.clock.advance(DAY_MS - HOUR_MS);
    const soon = await connect(embedded.target, bob);
    expect(bodies(await soon.log(conversation))).toEqual(["hello"]);
    embedded.cloud.clock.advance(HOUR_MS);
    const atBob = await connect(embedded.target, bob);
    expect(await atBob.log(conversation)).toEqual([]);
    expect(await atBob.log(group)).toEqual([]);
    expect(await synced(atBob, conversation, 0)).toMatchObject({ reset: true, first: 2, entries: [] });
    expect(bodies(await atBob.log(longer))).toEqual(["for longer"]);
    expect((await say(atBob, alice, "back", [1, 1])).seq).toBe(2);
    expect(bodies(await expectNoHole(atBob, conversation))).toEqual(["back"]);
  });
});
