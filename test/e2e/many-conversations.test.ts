import { afterAll, beforeAll, expect, test } from "vitest";
import { webSocketTransport } from "../../client/src/connection/websocket-transport.ts";
import { type Client, createClient } from "../../client/src/index.ts";
import { batchWrite } from "../../functions/adapters/dynamodb/batch-write.ts";
import { headItem } from "../../functions/adapters/dynamodb/items.ts";
import { inboxKey, memberKey } from "../../functions/adapters/dynamodb/keys.ts";
import { initialMembers, newConversation } from "../../functions/core/commit/new-conversation.ts";
import { directConversationId } from "../../functions/core/log/conversation-id.ts";
import { LIMITS, type SyncedConversation, utf8Bytes } from "../../protocol/index.ts";
import { eventually } from "../support/eventually.ts";
import { tableClient } from "../support/stored-item.ts";
import { type Embedded, startEmbedded } from "./support/embedded.ts";
import { connect, newUser, say } from "./support/target.ts";

/** Many more than a reply covers; the emulator takes 5 ms for each. 5000: PARLEY_CONVERSATIONS. */
const CONVERSATIONS = Number(process.env.PARLEY_CONVERSATIONS ?? 1_000);
const TIMEOUT_MS = 30_000 + CONVERSATIONS * 30;
/** One in this many conversations has so long a message that the first page has no room for 25. */
const EVERY_LONG = 5;
const nowMs = Date.now() - 60_000;
const alice = newUser("alice");
const peers = Array.from({ length: CONVERSATIONS }, (_, index) => `peer ${index} ${alice}`);
let embedded: Embedded;

beforeAll(async () => {
  embedded = await startEmbedded();
  const writes = peers.flatMap((peer, index) =>
    itemsOf(peer, index).map((Item) => ({ PutRequest: { Item } })),
  );
  const client = tableClient(embedded.cloud);
  for (let from = 0; from < writes.length; from += 1_000) {
    const some = writes.slice(from, from + 1_000);
    await batchWrite(client, embedded.cloud.resources.table, some, AbortSignal.timeout(30_000));
  }
}, TIMEOUT_MS);
afterAll(() => embedded.cloud.stop());

/** Returns the items of one entry of the peer, as if it had been sent: the head with it, and the rows of both. */
function itemsOf(peer: string, index: number) {
  const conversation = directConversationId(alice, peer);
  const members = initialMembers([alice, peer]);
  const { head } = newConversation({ kind: "direct", members, epoch: 1, nowMs, retentionSeconds: undefined });
  const text = index % EVERY_LONG === 0 ? "long ".repeat(1_500) : `hello from ${peer}`;
  const entry = { seq: 1, id: "e1", sender: peer, kind: "text", body: { text }, sentAtMs: nowMs };
  const shared = { role: "member", ranges: [[1]] };
  return [
    headItem(conversation, { ...head, tail: [entry], lastSeq: 1, updatedAtMs: nowMs }),
    { ...memberKey(conversation, alice), user: alice, ...shared },
    { ...memberKey(conversation, peer), user: peer, ...shared },
    { ...inboxKey(alice, conversation), ...shared, peer },
    { ...inboxKey(peer, conversation), ...shared, peer: alice },
  ];
}

interface Page {
  readonly bytes: number;
  readonly conversations: readonly SyncedConversation[];
  readonly next: string | undefined;
}

/** Records the sync requests a device sends and the pages it gets. */
class SyncRecorder {
  requests: { from: string | undefined; cursors: Record<string, [number, number]> }[] = [];
  pages: Page[] = [];

  readonly transport: typeof webSocketTransport = (url, protocols, listener) => {
    const socket = webSocketTransport(url, protocols, {
      ...listener,
      opened: () => listener.opened(),
      closed: (cause) => listener.closed(cause),
      received: (text) => {
        const { type, result } = JSON.parse(text);
        const { conversations, next } = result ?? {};
        if (type === "reply" && conversations)
          this.pages.push({ bytes: utf8Bytes(text), conversations, next });
        listener.received(text);
      },
    });
    const send = (text: string) => {
      const frame = JSON.parse(text);
      if (frame.type === "sync") this.requests.push(frame);
      expect(utf8Bytes(text)).toBeLessThanOrEqual(LIMITS.frameBytes);
      socket.send(text);
    };
    return { send, close: () => socket.close() };
  };

  /** Checks that every reply fits, and goes on where the last one ended. Returns the conversations of all replies. */
  check(): SyncedConversation[] {
    for (const { bytes, conversations, next } of this.pages) {
      expect(bytes).toBeLessThanOrEqual(LIMITS.frameBytes);
      expect(conversations.length).toBeLessThanOrEqual(LIMITS.longSyncPage);
      if (next !== undefined) expect(next > (conversations.at(-1)?.conversation ?? "")).toBe(true);
    }
    for (const { cursors } of this.requests) {
      expect(Object.keys(cursors).length).toBeLessThanOrEqual(LIMITS.longSyncPage);
    }
    const froms = this.pages.map(({ next }) => next);
    expect(this.requests.map(({ from }) => from)).toEqual([undefined, ...froms.slice(0, -1)]);
    return this.pages.flatMap(({ conversations }) => conversations);
  }

  rewind(): void {
    this.requests = [];
    this.pages = [];
  }
}

test(
  "a user with many conversations gets a list of them in few replies, and after a reconnect the three that changed",
  async () => {
    const recorder = new SyncRecorder();
    const device: Client = createClient({
      user: alice,
      url: embedded.target.urls[0] ?? "",
      token: () => embedded.target.mintToken(alice),
      transport: recorder.transport,
    });
    const received: string[] = [];
    device.on("entries", ({ conversation, entries }) => {
      for (const { seq, sender } of entries) received.push(`${conversation} ${seq} ${sender}`);
    });
    const online = () =>
      eventually("the device to be in sync", () => device.state === "online", { timeoutMs: TIMEOUT_MS });
    device.connect();
    await online();
    const listed = recorder.check();
    const ids = peers.map((peer) => directConversationId(alice, peer)).sort();
    expect(listed.map(({ conversation }) => conversation)).toEqual(ids);
    for (const { unread, preview } of listed) expect([unread, preview?.seq]).toEqual([1, 1]);
    // The first reply has the entries of its conversations, the others are a list.
    const inFull = recorder.pages[0]?.conversations ?? [];
    expect(received).toEqual(inFull.map(({ conversation, peer }) => `${conversation} 1 ${peer}`));
    expect(inFull.length).toBeGreaterThan(0);
    expect(recorder.pages.length).toBeLessThanOrEqual(1 + Math.ceil(CONVERSATIONS / 50));
    expect(device.conversations).toHaveLength(CONVERSATIONS);
    const opened = ids.at(-1) ?? "";
    expect(device.conversation(opened).view.getSnapshot()).toMatchObject({ entries: [], more: true });
    expect((await device.loadOlder(opened)).entries).toHaveLength(1);

    // Three peers write while the device is away: near both ends and in the middle of its list.
    const sorted = peers.toSorted((a, b) =>
      directConversationId(alice, a) < directConversationId(alice, b) ? -1 : 1,
    );
    const writing = [1, CONVERSATIONS / 2, CONVERSATIONS - 2].map((index) => sorted[index] ?? "");
    const [gatewayA] = embedded.cloud.gateways;
    recorder.rewind();
    received.length = 0;
    await gatewayA?.stop();
    await eventually("the device to notice", () => device.state !== "online");
    for (const peer of writing) {
      const wire = await connect(embedded.target, peer, { gateway: 1 });
      expect((await say(wire, alice, "news", [1, 1])).seq).toBe(2);
    }
    await gatewayA?.start();
    await online();
    const news = recorder.check();
    const changed = news.filter(({ entries }) => entries.length > 0);
    expect(changed.map(({ peer }) => peer)).toEqual(writing);
    // Apart from them come those that the device has reported as delivered just before.
    expect(news.length).toBeLessThanOrEqual(writing.length + inFull.length);
    expect(recorder.pages.length).toBeLessThanOrEqual(2 + CONVERSATIONS / LIMITS.longSyncPage);
    expect(changed.flatMap(({ entries }) => entries.map(({ seq }) => seq))).toEqual([2, 2, 2]);
    expect(recorder.pages.every(({ conversations }) => conversations.every(({ reset }) => !reset))).toBe(
      true,
    );
    expect(received).toEqual(writing.map((peer) => `${directConversationId(alice, peer)} 2 ${peer}`));

    // The device is live again: the next message needs no sync.
    recorder.rewind();
    const peer = writing[0] ?? "";
    const wire = await connect(embedded.target, peer, { gateway: 1 });
    await say(wire, alice, "live", [1, 2]);
    await eventually("the push", () => received.includes(`${directConversationId(alice, peer)} 3 ${peer}`));
    expect(recorder.requests).toEqual([]);
    device.close();
  },
  TIMEOUT_MS,
);
