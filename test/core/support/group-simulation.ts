import type { BatchDeps } from "../../../functions/core/commit/batch.ts";
import type { DeliverDeps } from "../../../functions/core/delivery/deliver.ts";
import type { PushDeps } from "../../../functions/core/delivery/push.ts";
import { groupConversationId } from "../../../functions/core/log/conversation-id.ts";
import { sync } from "../../../functions/core/query/sync.ts";
import { LogEnds } from "../../../functions/core/receipts/log-ends.ts";
import { moveCursor } from "../../../functions/core/receipts/move-cursor.ts";
import { ReceiptPace } from "../../../functions/core/receipts/receipt-pace.ts";
import type { PostOutcome } from "../../../functions/ports/connections.ts";
import type { EventFamily } from "../../../functions/ports/events.ts";
import type { Inbox } from "../../../functions/ports/inbox.ts";
import type { PublishedEntry, PublishedFrame } from "../../../functions/ports/published-frame.ts";
import {
  type Cursor,
  type Entry,
  type HistoryPolicy,
  LIMITS,
  type ServerFrame,
  type SyncedConversation,
} from "../../../protocol/index.ts";
import { type Choose, Interleaving, type Step } from "../../support/interleaving.ts";
import { outboundTo } from "../../support/memory-outbound.ts";
import { noMetrics, silent } from "../../support/memory-ports.ts";
import { MemoryPresenceTopic, MemoryWatches } from "../../support/memory-presence.ts";
import { DirectSends } from "./direct-sends.ts";
import { FifoGroup } from "./fifo-group.ts";
import { LogHistory } from "./log-history.ts";
import { noErrors } from "./logs.ts";
import { OutboundQueue } from "./outbound-queue.ts";
import { MemoryWorld, type World } from "./world.ts";

const signal = new AbortController().signal;
const NEVER_EXPIRES_AT_MS = 10 ** 12;
/** Small, so that looking for duplicates takes several pages. */
const PAGE_SEGMENTS = 4;
/**
 * Most time between two events. If it is long, a queue that is busy for two seconds is soon quiet again; if it is short,
 * many things happen while an environment remembers a conversation.
 */
const MAX_STEPS_MS = [1_000, 100];
/** Retentions that users choose; no entry expires during a simulation. */
const RETENTIONS_SECONDS = [LIMITS.minRetentionSeconds, 2 * LIMITS.minRetentionSeconds, null];
/** Entries in a tail of the memory log that is soon flushed. */
const TAIL_ENTRIES = 4;
const USERS = ["alice", "bob", "carol", "dave"] as const;
const GROUP = groupConversationId("alice", "create");

interface Device {
  readonly user: string;
  readonly connection: string;
  /** Entries as it was shown them last. */
  readonly received: Map<number, Entry>;
}

interface Client {
  readonly user: string;
  readonly connection: string;
  readonly acked: Map<string, number>;
  /** Ids of entries that it found in the log after it was told that its frame is stale. */
  readonly found: Set<string>;
  outstanding: PublishedFrame | undefined;
  /** Events at which it first sent the entries with these ids. */
  readonly sentAt: Map<string, number>;
  toSend: number;
  count: number;
  seenSeq: number;
}

export interface GroupOptions {
  readonly framesPerClient: number;
  readonly history: HistoryPolicy;
  /** True if pushes are sharded, as in a large group. */
  readonly isLarge: boolean;
  /** False if nobody ever changes the retention. @default true: in every fourth run somebody does */
  readonly setsRetention?: boolean;
}

/**
 * One group whose users write, join, leave, edit and read at random, their devices, and everything in between: the
 * real `commitBatch`, `deliverBatch`, `sync` and `moveCursor` over ports whose every call waits for permission.
 */
export class GroupSimulation {
  readonly conversation = GROUP;
  readonly history: LogHistory;
  readonly clients: Client[];
  readonly devices: Device[] = [];
  /** All entries any client composed, by entry id. */
  readonly sent = new Map<string, PublishedEntry>();
  /** Furthest `read` of each user. */
  readonly read = new Map<string, number>();
  readonly refusals = new Map<string, number>();
  readonly #choose: Choose;
  readonly #options: GroupOptions;
  readonly #world: World;
  readonly #events: ReadonlySet<EventFamily>;
  readonly #maxStepMs: number;
  /** True if users change the retention. */
  readonly #setsRetention: boolean;
  readonly #logEnds = new LogEnds();
  readonly #interleaving: Interleaving;
  readonly #queue: FifoGroup;
  readonly #outboundQueue: OutboundQueue;
  readonly #direct: DirectSends;
  #frames = 0;
  #nowMs = 0;

  constructor(choose: Choose, options: GroupOptions, world: World = new MemoryWorld()) {
    this.#choose = choose;
    this.#options = options;
    this.#world = world;
    this.history = new LogHistory(GROUP, world.store, choose);
    this.#events = new Set(choose(2) === 0 ? ["message.committed"] : []);
    this.#maxStepMs = MAX_STEPS_MS[choose(MAX_STEPS_MS.length)] ?? 1;
    this.#setsRetention = choose(4) === 0 && options.setsRetention !== false;
    this.#interleaving = new Interleaving(choose, () => world.settled());
    this.#queue = new FifoGroup(GROUP, choose, this.#interleaving, (step) => this.#commitDeps(step));
    this.#outboundQueue = new OutboundQueue(choose, this.#interleaving, (step) => this.#deliverDeps(step));
    this.#direct = new DirectSends({
      world,
      choose,
      interleaving: this.#interleaving,
      depsFor: (step) => this.#commitDeps(step),
      publish: (frame) => this.#queue.send(frame),
      answer: (connection, frame) => this.#handleFrame(connection, frame),
    });
    this.clients = [...USERS, "alice"].map((user, index) => ({
      user,
      connection: `${user}-client-${index}`,
      acked: new Map(),
      found: new Set(),
      outstanding: undefined,
      sentAt: new Map(),
      toSend: options.framesPerClient,
      count: 0,
      seenSeq: 0,
    }));
  }

  get store() {
    return this.#world.store;
  }

  get publishesEvents(): boolean {
    return this.#events.size > 0;
  }

  /** Frames that were answered without the queue. */
  get answeredDirectly(): number {
    return this.#direct.answered;
  }

  get isIdle(): boolean {
    const busy = this.clients.some(({ outstanding, toSend }) => outstanding !== undefined || toSend > 0);
    return !busy && this.#queue.isEmpty && this.#interleaving.isIdle;
  }

  /** Performs one random event. */
  async step({ crashes }: { crashes: boolean }): Promise<void> {
    this.history.tick();
    this.#nowMs += 1 + this.#choose(this.#maxStepMs);
    const dice = this.#choose(100);
    if (dice < 10) this.#send();
    else if (dice < 13 && this.devices.length < 6) this.#connectDevice();
    else if (dice < 25) this.#queue.receive();
    else if (dice < 27 && crashes) this.#interleaving.crashOne();
    else if (dice < 29) this.#queue.timeOut();
    else if (dice < 33) this.#moveCursor();
    else await this.#interleaving.resumeOne();
  }

  /** Runs everything in progress to completion. */
  async runToCompletion(): Promise<void> {
    for (let turn = 0; !this.isIdle && turn < 100_000; turn++) {
      if (turn % 7 === 0) this.#send();
      if (this.#interleaving.isIdle) this.#queue.timeOut();
      this.#queue.receive();
      await this.#interleaving.resumeOne();
    }
    if (!this.isIdle) throw new Error("the simulation did not complete");
  }

  /** Lets time pass until then. */
  waitUntil(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
  }

  /** Deletes the segments that have expired, as the table does at some time. */
  deleteExpired(): void {
    const segments = this.store.segments.get(GROUP);
    for (const [first, { expiresAtMs }] of segments ?? []) {
      if (expiresAtMs !== undefined && expiresAtMs <= this.#nowMs) segments?.delete(first);
    }
  }

  /** Returns the group as a new device syncs it. */
  async syncNewDevice(user: string): Promise<SyncedConversation | undefined> {
    return this.#sync(user, {}, () => Promise.resolve());
  }

  /** Returns the whole history that the user may read. */
  async readAll(user: string): Promise<readonly Entry[]> {
    const conversation = await this.#sync(user, { [GROUP]: [1, 0] }, () => Promise.resolve());
    return conversation?.entries ?? [];
  }

  #send(): void {
    const client = this.clients[this.#choose(this.clients.length)];
    if (client === undefined) return;
    if (client.outstanding === undefined) {
      if (client.toSend === 0) return;
      client.toSend -= 1;
      client.outstanding = this.#compose(client);
      for (const { id } of client.outstanding.entries) client.sentAt.set(id, this.history.now);
    }
    // The same frame again, verbatim, is a new frame to whoever takes it.
    this.#frames += 1;
    const frame = { ...client.outstanding, frame: `frame-${this.#frames}` };
    if (this.#choose(2) === 0) this.#direct.send(frame);
    else this.#queue.send(frame);
  }

  #compose(client: Client): PublishedFrame {
    const entries = this.#entriesOf(client);
    for (const entry of entries) this.sent.set(entry.id, entry);
    return {
      frame: "",
      sender: { user: client.user, connection: client.connection },
      conversation: GROUP,
      seen: client.seenSeq === 0 ? 0 : [1, client.seenSeq],
      entries,
      receivedAtMs: this.#nowMs,
    };
  }

  #entriesOf(client: Client): PublishedEntry[] {
    const nextId = () => {
      client.count += 1;
      return `${client.connection}.${client.count}`;
    };
    if (client === this.clients[0] && client.count === 0) {
      client.count += 1;
      const { history } = this.#options;
      return [{ id: "create", kind: "create", body: { members: ["bob"], title: "g", history } }];
    }
    const texts = () =>
      Array.from({ length: 1 + this.#choose(3) }, (): PublishedEntry => {
        const id = nextId();
        return { id, kind: "text", body: { text: id } };
      });
    if (this.#choose(100) < 45) return texts();
    const entry = this.#change(nextId());
    const sharesFrame = ["edit", "delete", "reaction"].includes(entry.kind) && this.#choose(2) === 0;
    return sharesFrame ? [...texts(), entry] : [entry];
  }

  #change(id: string): PublishedEntry {
    const user = () => USERS[this.#choose(USERS.length)] ?? "alice";
    const lastSeq = this.store.heads.get(GROUP)?.lastSeq ?? 0;
    // Every second time an entry that is likely in the tail, or not there yet.
    const range = this.#choose(2) === 0 ? Math.min(lastSeq, TAIL_ENTRIES) : lastSeq;
    const of = lastSeq - range + 1 + this.#choose(range + 3);
    const users = [...new Set([user(), user()])];
    const role = (["member", "admin", "owner"] as const)[this.#choose(3)] ?? "member";
    const entries: PublishedEntry[] = [
      { id, kind: "member.add", body: { users } },
      { id, kind: "member.remove", body: { users: [user()] } },
      { id, kind: "member.leave", body: {} },
      { id, kind: "role", body: { user: user(), role } },
      { id, kind: "rename", body: { title: id } },
      { id, kind: "edit", body: { of, text: `edited by ${id}` } },
      { id, kind: "delete", body: { of } },
      { id, kind: "reaction", body: { of, key: "👍", remove: this.#choose(4) === 0 } },
    ];
    if (this.#setsRetention && this.#choose(6) === 0) {
      const seconds = RETENTIONS_SECONDS[this.#choose(RETENTIONS_SECONDS.length)] ?? null;
      return { id, kind: "retention", body: { seconds } };
    }
    // Users join more often than they leave, or the group would soon be empty.
    const index = [0, 0, 0, 1, 2, 3, 3, 4, 5, 5, 6, 6, 7, 7][this.#choose(14)] ?? 0;
    return entries[index] ?? { id, kind: "text", body: { text: id } };
  }

  #open(step: Step) {
    const smallGroupMembers = this.#options.isLarge ? 0 : undefined;
    return this.#world.open(step, { pageSegments: PAGE_SEGMENTS, smallGroupMembers });
  }

  #pushDeps(step: Step): PushDeps {
    const beganAt = this.history.now;
    return {
      leases: this.#open(step).leases,
      connections: {
        post: async (connection: string, frame: ServerFrame): Promise<PostOutcome> => {
          await step("post");
          this.history.pushed(userOf(connection), frame, beganAt);
          const outcome = this.#choose(10) === 0 ? "retry" : "sent";
          if (outcome === "sent" || this.#choose(2) === 0) this.#handleFrame(connection, frame);
          return outcome;
        },
        close: () => Promise.resolve(),
      },
      presence: new MemoryPresenceTopic(),
      now: () => this.#nowMs,
      logger: silent,
    };
  }

  #outbound(step: Step) {
    return outboundTo(async (messages) => {
      await step("publish");
      for (const delivery of this.history.published(messages)) {
        this.#outboundQueue.send(delivery);
      }
    });
  }

  #commitDeps(step: Step): BatchDeps {
    const { log, inbox } = this.#open(step);
    return {
      ...this.#pushDeps(step),
      log: this.history.observe(log),
      inbox,
      outbound: this.#outbound(step),
      queue: { retryAfter: () => Promise.resolve() },
      metrics: noMetrics,
      faultOf: () => undefined,
      epochFloor: 1,
      headBytes: 1024,
      retentionSeconds: undefined,
      events: this.#events,
    };
  }

  #deliverDeps(step: Step): DeliverDeps {
    const { log, inbox } = this.#open(step);
    return {
      ...this.#pushDeps(step),
      log,
      inbox,
      watches: new MemoryWatches(),
      events: new Set<never>(),
      outbound: this.#outbound(step),
      pushReceipt: async () => undefined,
      queue: { retryAfter: () => Promise.resolve() },
      metrics: noMetrics,
    };
  }

  #handleFrame(connection: string, frame: ServerFrame): void {
    const device = this.devices.find((candidate) => candidate.connection === connection);
    if (frame.type === "entries") for (const entry of frame.entries) device?.received.set(entry.seq, entry);
    // Earlier entries that a new member may read are not pushed.
    if (frame.type === "joined" && device) this.#interleaving.start((step) => this.#catchUp(device, step));
    const client = this.clients.find((candidate) => candidate.connection === connection);
    // One in five answers is lost with its socket, so the client resends.
    if (client === undefined || this.#choose(5) === 0) return;
    if (frame.type === "ack") this.#acknowledge(client, frame.entries);
    if (frame.type !== "reject") return;
    const { code } = frame.error;
    if (code === "not_a_member") {
      const sentAt = Math.min(...frame.ids.map((id) => client.sentAt.get(id) ?? 0));
      this.history.refusedAsStranger(client.user, sentAt);
    }
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
    if (code === "stale") this.#recompose(client);
    else this.#markAnswered(client, frame.ids);
  }

  #acknowledge(client: Client, entries: readonly { id: string; seq: number }[]): void {
    for (const { id, seq } of entries) {
      const before = client.acked.get(id);
      if (before !== undefined && before !== seq)
        this.history.fail(`${id} was acknowledged as ${before} and ${seq}`);
      client.acked.set(id, seq);
      if (this.#choose(2) === 0) client.seenSeq = Math.max(client.seenSeq, seq);
    }
    this.#markAnswered(
      client,
      entries.map(({ id }) => id),
    );
  }

  #answered = new Map<string, Set<string>>();

  #markAnswered(client: Client, ids: readonly string[]): void {
    const answered = this.#answered.get(client.connection) ?? new Set<string>();
    for (const id of ids) answered.add(id);
    this.#answered.set(client.connection, answered);
    if (client.outstanding?.entries.every(({ id }) => answered.has(id))) client.outstanding = undefined;
  }

  /**
   * After `stale`, a client syncs, treats the entries it finds as sent, and composes the rest again with its new
   * cursor.
   */
  #recompose(client: Client): void {
    if (client.outstanding === undefined) return;
    const lastSeq = this.store.heads.get(GROUP)?.lastSeq ?? 0;
    const mine = this.store
      .entries(GROUP)
      .filter(({ seq, sender }) => seq <= lastSeq && sender === client.user);
    for (const { id } of mine) {
      if (client.outstanding.entries.some((entry) => entry.id === id)) client.found.add(id);
    }
    const entries = client.outstanding.entries.filter(
      ({ id }) => !client.acked.has(id) && !client.found.has(id),
    );
    client.seenSeq = lastSeq;
    const seen: Cursor | 0 = lastSeq === 0 ? 0 : [1, lastSeq];
    client.outstanding = entries.length === 0 ? undefined : { ...client.outstanding, entries, seen };
  }

  #connectDevice(): void {
    const user = USERS[this.#choose(USERS.length)] ?? "alice";
    const connection = `${user}-device-${this.devices.length}`;
    const device: Device = { user, connection, received: new Map() };
    this.devices.push(device);
    this.#interleaving.start(async (step) => {
      const lease = {
        connection,
        device: undefined,
        connectedAtMs: this.#nowMs,
        expiresAtMs: NEVER_EXPIRES_AT_MS,
      };
      await this.#open(step).leases.put(user, lease, this.#nowMs, signal);
      await this.#catchUp(device, step);
    });
  }

  async #catchUp({ user, received }: Device, step: Step): Promise<void> {
    const conversation = await this.#sync(user, { [GROUP]: [1, 0] }, step);
    for (const entry of conversation?.entries ?? []) received.set(entry.seq, entry);
  }

  /** Syncs until there is no `next`, and returns the entries of all pages together. */
  async #sync(
    user: string,
    cursors: Record<string, Cursor>,
    step: Step,
  ): Promise<SyncedConversation | undefined> {
    const { log, inbox } = this.#open(step);
    const deps = {
      log,
      inbox,
      epochFloor: 1,
      now: () => this.#nowMs,
      logger: noErrors,
      metrics: noMetrics,
    };
    let merged: SyncedConversation | undefined;
    for (;;) {
      const result = await sync(deps, user, { type: "sync", id: "s", cursors }, signal);
      const [conversation] = result.conversations;
      if (conversation === undefined) return merged;
      merged = { ...conversation, entries: [...(merged?.entries ?? []), ...conversation.entries] };
      const last = merged.entries.at(-1);
      if (result.next === undefined || last === undefined) return merged;
      cursors[GROUP] = [1, last.seq];
    }
  }

  #moveCursor(): void {
    const user = USERS[this.#choose(USERS.length)] ?? "alice";
    const lastSeq = this.store.heads.get(GROUP)?.lastSeq ?? 0;
    const seq = 1 + this.#choose(Math.max(1, lastSeq));
    const type = this.#choose(3) === 0 ? "delivered" : "read";
    const work = async (step: Step) => {
      const request = {
        user,
        connection: `${user}-reader`,
        device: undefined,
        messageId: "m",
        text: undefined,
        receivedAtMs: this.#nowMs,
        connectedAtMs: 0,
        tokenExpiresAtMs: NEVER_EXPIRES_AT_MS,
        tokenIssuedAtMs: 0,
      };
      const { log, inbox } = this.#open(step);
      const advance: Inbox["advance"] = async (key, cursor, until) => {
        const row = await inbox.advance(key, cursor, until);
        if (row !== undefined && cursor.kind === "read") this.read.set(user, cursor.seq);
        return row;
      };
      const heads: Inbox["heads"] = (...args) => inbox.heads(...args);
      const rows: Inbox["rows"] = (...args) => inbox.rows(...args);
      const set: Inbox["set"] = (...args) => inbox.set(...args);
      const deps = {
        ...this.#pushDeps(step),
        logEnds: this.#logEnds,
        receiptPace: new ReceiptPace(),
        outbound: this.#outbound(step),
        log,
        inbox: { advance, heads, rows, set },
      };
      await moveCursor(deps, request, { type, conversation: GROUP, seq }, signal);
    };
    this.#interleaving.start(work, () => undefined);
  }
}

/** Returns the user of a connection, with whose id its own begins. */
function userOf(connection: string): string {
  return connection.split("-")[0] ?? "";
}
