import { connect } from "../../../functions/core/connections/connect.ts";
import { ping } from "../../../functions/core/connections/ping.ts";
import { notifyWatchers } from "../../../functions/core/delivery/notify-watchers.ts";
import { directConversationId } from "../../../functions/core/log/conversation-id.ts";
import { confirmOfflineBatch } from "../../../functions/core/presence/confirm-offline.ts";
import { queryPresence } from "../../../functions/core/presence/query.ts";
import { releaseLease } from "../../../functions/core/presence/release-lease.ts";
import type { Request } from "../../../functions/core/request.ts";
import type { PresenceMessage } from "../../../functions/ports/presence-topic.ts";
import type { PresenceFrameRequest, PresenceResult, ServerFrame } from "../../../protocol/index.ts";
import { Interleaving, type Step } from "../../support/interleaving.ts";
import { MemoryInbox, MemoryLeases, MemoryStore, noMetrics, silent } from "../../support/memory-ports.ts";
import { MemoryWatches, type WatchStore } from "../../support/memory-presence.ts";

const signal = new AbortController().signal;

type Presence = PresenceResult["users"][number];

interface Device {
  readonly connection: string;
  readonly connectedAtMs: number;
  open: boolean;
}

/**
 * Bob connects and disconnects several devices while Alice watches him. In between are the real rules over ports
 * whose every call waits for permission, and a queue that delivers in any order, again after a crash, and sometimes
 * twice.
 */
export class PresenceSimulation {
  /** Bob's presence as Alice sees it, by the rule of the protocol; undefined before her first answer. */
  view: Presence | undefined;
  /** True if a disconnect went unnoticed, or a worker crashed on it. Only the expiry ends the lease then. */
  disconnectLost = false;
  nowMs = 1_000_000;
  readonly #choose: (below: number) => number;
  readonly #losesDisconnects: boolean;
  readonly #interleaving: Interleaving;
  readonly #store = new MemoryStore();
  readonly #watches: WatchStore = new Map();
  readonly #devices: Device[] = [];
  readonly #connectedAtMs = this.nowMs;
  #queue: PresenceMessage[] = [];
  readonly #inFlight = new Set<PresenceMessage>();
  #isQuerying = false;

  constructor(choose: (below: number) => number, { losesDisconnects }: { losesDisconnects: boolean }) {
    this.#choose = choose;
    this.#losesDisconnects = losesDisconnects;
    this.#interleaving = new Interleaving(choose);
    const conversation = directConversationId("alice", "bob");
    const spoken = { spoken: true, peerSpoken: true };
    this.#store.putRow("alice", { conversation, peer: "bob", role: "member", ranges: [[1]], ...spoken });
  }

  get isBobConnected(): boolean {
    return this.#devices.some(({ open }) => open);
  }

  /** Performs one random event. */
  async step(): Promise<void> {
    const dice = this.#choose(100);
    if (dice < 6) this.#connect();
    else if (dice < 12) this.#disconnect();
    else if (dice < 15) this.#withDevice((device) => this.#ping(device));
    else if (dice < 16) this.#withDevice((device) => this.#releaseWrongly(device));
    else if (dice < 19) this.#query();
    else if (dice < 32) this.#receive();
    else if (dice < 35) this.#interleaving.crashOne();
    else if (dice < 40) this.nowMs += this.#choose(30_000);
    else await this.#interleaving.resumeOne();
  }

  /** Runs everything in progress to completion, pings from every open connection, and processes every message. */
  async runToCompletion(): Promise<void> {
    await this.#drain();
    for (const device of this.#devices.filter(({ open }) => open)) {
      this.#ping(device);
      await this.#drain();
    }
  }

  async #drain(): Promise<void> {
    for (let turn = 0; turn < 10_000; turn++) {
      if (this.#queue.length === 0 && this.#interleaving.isIdle) return;
      if (this.#interleaving.isIdle) this.#inFlight.clear();
      this.#receive();
      await this.#interleaving.resumeOne();
    }
    throw new Error("the simulation did not complete");
  }

  #connect(): void {
    if (this.#devices.filter(({ open }) => open).length >= 3) return;
    const connection = `bob-${this.#devices.length}`;
    const device: Device = { connection, connectedAtMs: this.nowMs, open: false };
    this.#devices.push(device);
    this.#interleaving.start(
      async (step) => {
        await connect(this.#deps(step), this.#request("bob", device), signal);
        device.open = true;
      },
      // The handshake fails, but the lease may be stored.
      this.#lostOnCrash(),
    );
  }

  #disconnect(): void {
    this.#withDevice((device) => {
      device.open = false;
      if (this.#losesDisconnects && this.#choose(5) === 0) this.#markLost();
      else this.#release(device);
    });
  }

  #releaseWrongly(device: Device): void {
    this.#release(device);
  }

  #release({ connection }: Device): void {
    this.#interleaving.start(
      (step) => releaseLease(this.#deps(step), "bob", connection, signal),
      this.#lostOnCrash(),
    );
  }

  #markLost(): void {
    this.disconnectLost = true;
  }

  #lostOnCrash(): (() => void) | undefined {
    return this.#losesDisconnects ? () => this.#markLost() : undefined;
  }

  #ping(device: Device): void {
    // A ping in progress when the connection ends may restore a lease without a connection.
    const ended = () => {
      if (!device.open) this.#markLost();
    };
    this.#interleaving.start(async (step) => {
      await ping(this.#deps(step), this.#request("bob", device), signal);
      ended();
    }, ended);
  }

  #query(): void {
    if (this.#isQuerying) return;
    this.#isQuerying = true;
    const frame: PresenceFrameRequest = { type: "presence", id: "r", users: ["bob"], watch: true };
    const alice = { connection: "alice", connectedAtMs: this.#connectedAtMs };
    this.#interleaving.start(
      async (step) => {
        const result = await queryPresence(this.#deps(step), this.#request("alice", alice), frame, signal);
        this.#isQuerying = false;
        for (const presence of result.users) this.#applyPresence(presence);
      },
      () => {
        this.#isQuerying = false;
      },
    );
  }

  /** The queues of `presence` and `deliver` in one: no order, and sometimes a message twice. */
  #receive(): void {
    const visible = this.#queue.filter((message) => !this.#inFlight.has(message) || this.#choose(20) === 0);
    const message = visible[this.#choose(Math.max(1, visible.length))];
    if (message === undefined) return;
    this.#inFlight.add(message);
    this.#interleaving.start(
      async (step) => {
        await this.#process(message, step);
        this.#queue = this.#queue.filter((other) => other !== message);
      },
      () => this.#inFlight.delete(message),
    );
  }

  async #process(message: PresenceMessage, step: Step): Promise<void> {
    const deps = this.#deps(step);
    if (message.type !== "presence.maybe-offline") return notifyWatchers(deps, message, signal);
    const record = { id: "m", receiptHandle: "r", receiveCount: 1, body: JSON.stringify(message) };
    const failed = await confirmOfflineBatch(deps, [record]);
    // Bob's connections changed too often meanwhile: the record is retried.
    if (failed.length > 0) this.#queue.push({ ...message });
  }

  #applyPresence(presence: Presence): void {
    const previous = this.view;
    const isNewer =
      previous === undefined ||
      presence.version > previous.version ||
      (presence.version === previous.version && (presence.expiresAtMs ?? 0) >= (previous.expiresAtMs ?? 0));
    if (isNewer) this.view = presence;
  }

  #withDevice(act: (device: Device) => void): void {
    const open = this.#devices.filter((device) => device.open);
    const device = open[this.#choose(Math.max(1, open.length))];
    if (device !== undefined) act(device);
  }

  #request(user: string, { connection, connectedAtMs }: Omit<Device, "open">): Request {
    return {
      user,
      connection,
      connectedAtMs,
      device: undefined,
      messageId: "m",
      text: undefined,
      receivedAtMs: this.nowMs,
      tokenExpiresAtMs: 10 ** 15,
      tokenIssuedAtMs: 0,
    };
  }

  #deps(step: Step) {
    return {
      now: () => this.nowMs,
      leases: new MemoryLeases(this.#store, step),
      inbox: new MemoryInbox(this.#store, step),
      watches: new MemoryWatches(this.#watches, step),
      presence: {
        publish: async (message: PresenceMessage) => {
          await step("publish");
          this.#queue.push({ ...message });
        },
      },
      outbound: { publish: () => Promise.resolve() },
      queue: { retryAfter: () => Promise.resolve() },
      connections: {
        post: async (_: string, frame: ServerFrame) => {
          await step("post");
          if (frame.type === "presence") this.#applyPresence(frame);
          return "sent" as const;
        },
        close: () => Promise.resolve(),
      },
      logger: silent,
      metrics: noMetrics,
    };
  }
}
