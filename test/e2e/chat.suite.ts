import { generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { expect, test } from "vitest";
import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import type { Entry } from "../../protocol/index.ts";
import { eventually } from "../support/eventually.ts";
import { Wire } from "../support/wire.ts";
import { connect, newUser, requireAbility, say, type Target, text } from "./support/target.ts";

const texts = (entries: readonly Entry[]) => entries.map(({ body }) => (body as { text: string }).text);
const seqs = (entries: readonly { seq: number }[]) => entries.map(({ seq }) => seq);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Promises to two users who chat, tested through the endpoint alone. */
export function chatSuite(target: () => Target): void {
  test("Alice and Bob, on different gateways, chat both ways", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const atAlice = await connect(target(), alice, { gateway: 0 });
    const atBob = await connect(target(), bob, { gateway: 1 });
    expect(atAlice.subprotocol).toBe("parley.v1");

    const hello = await say(atAlice, bob, "hello Bob");
    const pushed = await atBob.next("entries");
    expect(pushed).toMatchObject({
      conversation: hello.conversation,
      epoch: 1,
      entries: [{ seq: 1, id: hello.id, sender: alice, kind: "text", body: { text: "hello Bob" } }],
    });
    expect(await atBob.next("joined")).toMatchObject({
      conversation: hello.conversation,
      peer: alice,
      kind: "direct",
    });

    const answer = await say(atBob, alice, "hello Alice", [1, 1]);
    expect(answer).toMatchObject({ conversation: hello.conversation, seq: 2 });
    expect(texts((await atAlice.next("entries")).entries)).toEqual(["hello Alice"]);
    expect(hello.conversation).toBe(directConversationId(alice, bob));
  });

  test("the sender is acknowledged on the connection it sent from, and its other devices get the entry", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const phone = await connect(target(), alice, { device: "phone" });
    const laptop = await connect(target(), alice, { device: "laptop", gateway: 1 });
    const { conversation } = await say(phone, bob, "from my phone");
    expect(await laptop.next("joined")).toMatchObject({ conversation, peer: bob });
    await laptop.next("entries");
    await say(phone, bob, "again", [1, 1]);
    await eventually("both entries on the laptop", () => laptop.pushed(conversation).length === 2);
    expect(phone.all("entries")).toEqual([]);
    expect(phone.all("joined")).toEqual([]);
  });

  test("messages to an offline user arrive once and in order at the next sync, on each device by its own cursor", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const atAlice = await connect(target(), alice);
    const bodies = upTo(12).map((number) => `message ${number}`);
    for (const [index, body] of bodies.entries()) await say(atAlice, bob, body, [1, index]);

    const phone = await connect(target(), bob, { device: "phone" });
    const [conversation] = (await phone.sync()).conversations;
    expect(conversation).toMatchObject({ peer: alice, kind: "direct", epoch: 1, lastSeq: 12, first: 1 });
    expect(conversation?.preview).toMatchObject({ seq: 12, text: "message 12", sender: alice });
    expect(texts(conversation?.entries ?? [])).toEqual(bodies);
    const id = conversation?.conversation ?? "";
    expect((await phone.sync({ [id]: [1, 12] })).conversations[0]?.entries).toEqual([]);

    const laptop = await connect(target(), bob, { device: "laptop" });
    const rest = (await laptop.sync({ [id]: [1, 7] })).conversations[0]?.entries ?? [];
    expect(seqs(rest)).toEqual([8, 9, 10, 11, 12]);
  });

  test("entries of an application's own kind are delivered unchanged", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const [atAlice, atBob] = [await connect(target(), alice), await connect(target(), bob)];
    const body = { list: [1, "two", null, { deep: [true] }], ключ: "значение", big: 1e20, empty: "" };
    atAlice.send({ type: "send", to: { user: bob }, entries: [{ id: "x1", kind: "x.poll", body }] });
    const [entry] = (await atBob.next("entries")).entries;
    expect(entry).toMatchObject({ kind: "x.poll", body });
    expect((await atBob.log(directConversationId(alice, bob)))[0]).toEqual(entry);
  });

  test("half an emoji is refused, in a text and deep in an application's body, and nothing of it is stored", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const [atAlice, atBob] = [await connect(target(), alice), await connect(target(), bob)];
    const bodies = [
      ["text", { text: "cut \ud83d" }],
      ["x.poll", { list: [{ "\ud83d": "👍" }] }],
    ] as const;
    for (const [kind, body] of bodies) {
      const entries = [{ id: "cut", kind, body }];
      atAlice.send({ type: "send", to: { user: bob }, entries } as Parameters<typeof atAlice.send>[0]);
      expect(await atAlice.next("error")).toMatchObject({ ids: ["cut"], error: { code: "malformed" } });
    }
    const { conversation } = await say(atAlice, bob, "\ufffe and whole 👍");
    await eventually("the whole one at Bob's", () => atBob.pushed(conversation).length === 1);
    expect(texts(await atBob.log(conversation))).toEqual(["\ufffe and whole 👍"]);
  });

  test("a frame sent twice, after a lost ack, and after 100 other messages is one entry with its first seq", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const first = await connect(target(), alice);
    const atBob = await connect(target(), bob);
    const frame = {
      type: "send" as const,
      to: { user: bob },
      seen: 0 as const,
      entries: [text("once"), text("twice")],
    };
    const acked = (wire: typeof first, count: number) =>
      eventually(
        `${count} acks`,
        () =>
          wire.all("ack").filter(({ entries }) => entries[0]?.id === frame.entries[0]?.id).length >= count,
      );
    first.send(frame);
    first.send(frame);
    await acked(first, 2);
    // The ack is lost with the connection, so Alice sends it again.
    first.cut();
    const second = await connect(target(), alice);
    second.send(frame);
    await acked(second, 1);

    for (let sent = 0; sent < 100; sent += 25) {
      atBob.send({
        type: "send",
        to: { user: alice },
        entries: Array.from({ length: 25 }, (_, n) => text(`${sent + n}`)),
      });
    }
    // A frame that is received twice is acknowledged twice, so the entries count, and not the acks.
    const acknowledged = () =>
      new Set(atBob.all("ack").flatMap(({ entries }) => entries.map(({ id }) => id)));
    await eventually("100 acknowledged", () => acknowledged().size === 100, { timeoutMs: 15_000 });
    second.send(frame);
    await acked(second, 2);
    const all = [...first.all("ack"), ...second.all("ack")];
    for (const ack of all) expect(seqs(ack.entries)).toEqual([1, 2]);
    const log = await second.log(all[0]?.conversation ?? "");
    expect(seqs(log)).toEqual(upTo(102));
    expect(new Set(log.map(({ id }) => id)).size).toBe(102);
  });

  test("a resend whose `seen` is from another epoch or beyond the log is refused as stale and duplicates nothing", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const atAlice = await connect(target(), alice);
    const { conversation } = await say(atAlice, bob, "hi");
    for (const seen of [
      [7, 1],
      [1, 99],
    ] as [number, number][]) {
      const entry = text("from another world");
      atAlice.send({ type: "send", conversation, seen, entries: [entry] });
      const rejected = await atAlice.next("reject", ({ ids }) => ids[0] === entry.id);
      expect(rejected.error).toMatchObject({ code: "stale", temporary: false });
    }
    expect(await atAlice.log(conversation)).toHaveLength(1);
  });

  test("1 000 messages from both sides at once: dense seqs, the same order on every device, none lost or duplicated", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const devices = [
      await connect(target(), alice, { gateway: 0, device: "a1" }),
      await connect(target(), bob, { gateway: 1, device: "b1" }),
      await connect(target(), alice, { gateway: 1, device: "a2" }),
      await connect(target(), bob, { gateway: 0, device: "b2" }),
    ];
    const conversation = directConversationId(alice, bob);
    const sent = new Set<string>();
    const sizes = [1, 9, 2, 25, 13];
    for (const [index, device] of devices.slice(0, 2).entries()) {
      const to = { user: index === 0 ? bob : alice };
      for (let count = 0, turn = 0; count < 500; turn++) {
        const size = Math.min(500 - count, sizes[turn % sizes.length] ?? 1);
        const entries = Array.from({ length: size }, (_, n) => text(`${index}.${count + n}`));
        for (const { id } of entries) sent.add(id);
        device.send({ type: "send", to, entries });
        count += size;
      }
    }
    // An ack that could not be posted in time may come again.
    const acked = (device: Wire) => [
      ...new Map(
        device.all("ack").flatMap(({ entries }) => entries.map((entry) => [entry.id, entry])),
      ).values(),
    ];
    await eventually("all 1 000 to be acknowledged", () => devices.flatMap(acked).length === 1_000, {
      timeoutMs: 50_000,
    });
    const log = await devices[0]?.log(conversation);
    expect(seqs(log ?? [])).toEqual(upTo(1_000));
    expect(new Set(log?.map(({ id }) => id))).toEqual(sent);
    for (const device of devices) {
      const own = acked(device);
      await eventually(
        "every entry on every device",
        () => device.pushed(conversation).length + own.length === 1_000,
        { timeoutMs: 15_000 },
      );
      const seen = [...device.pushed(conversation), ...own].sort((a, b) => a.seq - b.seq);
      expect(seen.map(({ id }) => id)).toEqual(log?.map(({ id }) => id));
    }
  }, 90_000);

  test("pushes that race a sync leave no gap", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const atAlice = await connect(target(), alice);
    const conversation = directConversationId(alice, bob);
    let sending = true;
    const sender = (async () => {
      for (let count = 0; sending; count++) await say(atAlice, bob, `${count}`, [1, count]);
    })();
    await eventually("a first entry", () => atAlice.all("ack").length > 0);
    for (let round = 0; round < 8; round++) {
      const device = await connect(target(), bob, { gateway: round });
      const synced = (await device.sync({ [conversation]: [1, 0] })).conversations[0]?.entries ?? [];
      const mark = atAlice.all("ack").length + 3;
      await eventually("three more entries", () => atAlice.all("ack").length >= mark, { timeoutMs: 15_000 });
      await eventually(
        "the last of them here",
        () => (device.pushed(conversation).at(-1)?.seq ?? 0) >= mark,
        { timeoutMs: 15_000 },
      );
      // Pushes may come in any order, but all up to the mark must come.
      await eventually(
        "every seq up to the mark, by sync or push",
        () => {
          const got = new Set([...seqs(synced), ...seqs(device.pushed(conversation))]);
          return upTo(mark).every((seq) => got.has(seq));
        },
        { timeoutMs: 15_000 },
      );
      await device.close();
    }
    sending = false;
    await sender;
  });

  test("a device that was away for long catches up by sync alone, page by page", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const atAlice = await connect(target(), alice);
    for (let sent = 0; sent < 8; sent++) {
      const entries = Array.from({ length: 5 }, (_, n) => text(`${sent}.${n} ${"x".repeat(5_000)}`));
      atAlice.send({ type: "send", to: { user: bob }, entries });
      await eventually("its ack", () => atAlice.all("ack").length === sent + 1, { timeoutMs: 15_000 });
    }
    const atBob = await connect(target(), bob);
    const conversation = directConversationId(alice, bob);
    const [synced] = (await atBob.sync({ [conversation]: [1, 0] })).conversations;
    expect(seqs(synced?.entries ?? [])).toEqual(upTo(40));
    expect(atBob.all("reply").length).toBeGreaterThan(5);
  });

  test("history can be read from the end, backwards and forwards", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const atAlice = await connect(target(), alice);
    for (const count of [1, 25, 4]) {
      const before = atAlice.all("ack").length;
      atAlice.send({
        type: "send",
        to: { user: bob },
        entries: Array.from({ length: count }, (_, n) => text(`${n}`)),
      });
      await eventually("its ack", () => atAlice.all("ack").length > before);
    }
    const conversation = directConversationId(alice, bob);
    const page = async (about: { before?: number; after?: number; limit: number }) => {
      const result = await atAlice.history({ conversation, ...about });
      expect(result).toMatchObject({ epoch: 1, first: 1, lastSeq: 30 });
      return [seqs(result.entries), result.more];
    };
    expect(await page({ limit: 3 })).toEqual([[28, 29, 30], true]);
    expect(await page({ before: 28, limit: 3 })).toEqual([[25, 26, 27], true]);
    expect(await page({ before: 3, limit: 10 })).toEqual([[1, 2], false]);
    expect(await page({ before: 1, limit: 10 })).toEqual([[], false]);
    expect(await page({ after: 0, limit: 2 })).toEqual([[1, 2], true]);
    expect(await page({ after: 24, limit: 100 })).toEqual([[25, 26, 27, 28, 29, 30], false]);
    expect(await page({ after: 30, limit: 10 })).toEqual([[], false]);
  });

  test("a ping is answered, and a registered connection needs no sync", async () => {
    const wire = await connect(target(), newUser("alice"));
    wire.send({ type: "ping" });
    expect(await wire.next("pong")).toEqual({ type: "pong" });
  });

  test("a conversation that a user is not in, or that does not exist, is `not_found` for every request", async () => {
    const [alice, bob, mallory] = [newUser("alice"), newUser("bob"), newUser("mallory")];
    const atAlice = await connect(target(), alice);
    const { conversation } = await say(atAlice, bob, "private");
    const atMallory = await connect(target(), mallory);
    await expect(atMallory.history({ conversation })).rejects.toMatchObject({ code: "not_found" });
    await expect(
      atMallory.history({ conversation: directConversationId("no", "one") }),
    ).rejects.toMatchObject({ code: "not_found" });
    atMallory.send({ type: "send", conversation, entries: [text("let me in")] });
    expect(await atMallory.next("reject")).toMatchObject({ conversation, error: { code: "not_found" } });
    expect((await atMallory.sync({ [conversation]: [1, 0] })).conversations).toEqual([]);
    expect(await atAlice.log(conversation)).toHaveLength(1);
  });

  test("an expired token opens no connection", async (context) => {
    requireAbility("expired tokens", target(), context);
    const token = await target().mintToken(newUser("alice"), { expiresInSeconds: -600 });
    await expect(Wire.open({ url: target().urls[0] ?? "", token })).rejects.toMatchObject({ status: 403 });
  });

  test("a token that is unsigned, forged or from another issuer opens no connection", async () => {
    const [header = "", payload = ""] = (await target().mintToken(newUser("alice"))).split(".");
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`;
    const forged = `${header}.${Buffer.from('{"sub":"bob"}').toString("base64url")}.c2lnbmF0dXJl`;
    const url = target().urls[0] ?? "";
    const { privateKey } = await generateKeyPair("ES256");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as JWTPayload;
    const ofAnotherIssuer = await new SignJWT({ ...claims, iss: "https://issuer.example.net" })
      .setProtectedHeader({ alg: "ES256", kid: "theirs" })
      .sign(privateKey);
    for (const token of [none, forged, ofAnotherIssuer, "nonsense"]) {
      await expect(Wire.open({ url, token })).rejects.toMatchObject({ status: 403 });
    }
  });

  test.each([
    ["text that is not JSON", "hello", "malformed"],
    ["an array", "[1,2]", "malformed"],
    ["an unknown type", '{"type":"dance"}', "unknown_type"],
    ["a route of API Gateway's own", '{"type":"$connect"}', "unknown_type"],
    ["a type that is not a string", '{"type":{"a":1}}', "malformed"],
    [
      "deep nesting",
      `{"type":"sync","id":"1","cursors":${"[".repeat(9_000)}${"]".repeat(9_000)}}`,
      "malformed",
    ],
    ["a sync without cursors", '{"type":"sync","id":"1"}', "malformed"],
    [
      "a forged sender",
      '{"type":"send","sender":"bob","to":{"user":"carol"},"entries":[{"id":"1","kind":"text","body":{"text":"x"}}]}',
      "malformed",
    ],
    [
      "a text that is too large",
      JSON.stringify({
        type: "send",
        to: { user: "x" },
        entries: [{ id: "1", kind: "text", body: { text: "x".repeat(16_385) } }],
      }),
      "too_large",
    ],
  ])("%s gets a typed error, and the connection stays open", async (_, frame, code) => {
    const wire = await connect(target(), newUser("alice"));
    wire.sendText(frame);
    const { error, final } = await wire.next("error");
    expect(error.code).toBe(code);
    expect(final).toBeUndefined();
    wire.send({ type: "ping" });
    await wire.next("pong");
  });

  test("a message in several WebSocket frames is one message, and too large beyond 32 KB", async () => {
    const wire = await connect(target(), newUser("alice"));
    wire.sendFragments(['{"ty', 'pe":"pi', 'ng"}']);
    await wire.next("pong");
    wire.sendFragments(['{"type":"send","pad":"', "x".repeat(30_000), "x".repeat(30_000), '"}']);
    expect((await wire.next("error")).error.code).toBe("too_large");
    wire.send({ type: "ping" });
    await eventually("a second pong", () => wire.all("pong").length === 2);
  });

  test("API Gateway itself closes a connection for a frame beyond 32 KB (1009) and for a binary one (1003)", async (context) => {
    requireAbility("frame limits", target(), context);
    const large = await connect(target(), newUser("alice"));
    large.sendText("x".repeat(33_000));
    expect((await large.closed).code).toBe(1009);
    const binary = await connect(target(), newUser("alice"));
    binary.sendText(new Uint8Array([1, 2, 3]));
    expect((await binary.closed).code).toBe(1003);
  });

  test("beyond twenty connections the oldest gets a final error and is closed; the others stay open", async () => {
    const alice = newUser("alice");
    const oldest = await connect(target(), alice, { device: "oldest" });
    const others = [];
    for (let count = 0; count < 20; count++) others.push(await connect(target(), alice, { gateway: count }));
    expect(await oldest.next("error")).toMatchObject({ final: true, error: { code: "evicted" } });
    expect((await oldest.closed).code).toBe(1000);
    const bob = await connect(target(), newUser("bob"));
    await say(bob, alice, "to all of you");
    for (const wire of others) await wire.next("entries");
    await Promise.all(others.map((wire) => wire.close()));
  });
}
