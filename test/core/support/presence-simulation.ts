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
import { MemoryInbox, MemoryLeases, MemoryStore, silent, uncounted } from "../../support/memory-ports.ts";
import { MemoryWatches, type WatchStore } from "../../support/memory-presence.ts";

const never = new AbortController().signal;

type Known = PresenceResult["users"][number];

interface Device {
  readonly connection: string;
  readonly connectedAtMs: number;
  open: boolean;
}

/**
 * Bob comes and goes with several devices, Alice watches him; between them the real rules over ports whose every call
 * waits to be let through, and a queue that delivers in any order, again when a worker died, and sometimes twice.
 */
export class PresenceSimulation {
  /** Alice's knowledge of Bob's presence, by the rule of the protocol; undefined before her first answer. */
  belief: Known | undefined;
  /** A connection ended and nobody was told, or a worker died over it: only time tells then. */
  departureLost = false;
  nowMs = 1_000_000;
  readonly #choose: (below: number) => number;
  readonly #losesDepartures: boolean;
  readonly #tasks: Interleaving;
  readonly #store = new MemoryStore();
  readonly #watches: WatchStore = new Map();
  readonly #devices: Device[] = [];
  readonly #connectedAtMs = this.nowMs;
  #queue: PresenceMessage[] = [];
  readonly #inFlight = new Set<PresenceMessage>();
  #isAsking = false;

  constructor(choose: (below: number) => number, { losesDepartures }: { losesDepartures: boolean }) {
    this.#choose = choose;
    this.#losesDepartures = losesDepartures;
    this.#tasks = new Interleaving(choose);
    const conversation = directConversationId("alice", "bob");
    this.#store.inbox.set(
      "alice",
      new Map([[conversation, { conversation, peer: "bob", role: "member", ranges: [[1]] }]]),
    );
  }

  get isBobHere(): boolean {
    return this.#devices.some(({ open }) => open);
  }

  /** One random event. */
  async step(): Promise<void> {
    const dice = this.#choose(100);
    if (dice < 6) this.#arrive();
    else if (dice < 12) this.#depart();
    else if (dice < 15) this.#withDevice((device) => this.#ping(device));
    else if (dice < 16) this.#withDevice((device) => this.#falselyForget(device));
    else if (dice < 19) this.#ask();
    else if (dice < 32) this.#receive();
    else if (dice < 35) this.#tasks.crashOne();
    else if (dice < 40) this.nowMs += this.#choose(30_000);
    else await this.#tasks.resumeOne();
  }

  /** Everything under way ends, every open connection pings, and every message is worked on. */
  async settle(): Promise<void> {
    await this.#drain();
    for (const device of this.#devices.filter(({ open }) => open)) {
      this.#ping(device);
      await this.#drain();
    }
  }

  async #drain(): Promise<void> {
    for (let turn = 0; turn < 10_000; turn++) {
      if (this.#queue.length === 0 && this.#tasks.isQuiet) return;
      if (this.#tasks.isQuiet) this.#inFlight.clear();
      this.#receive();
      await this.#tasks.resumeOne();
    }
    throw new Error("the world did not come to rest");
  }

  #arrive(): void {
    if (this.#devices.filter(({ open }) => open).length >= 3) return;
    const connection = `bob-${this.#devices.length}`;
    const device: Device = { connection, connectedAtMs: this.nowMs, open: false };
    this.#devices.push(device);
    this.#tasks.start(
      async (step) => {
        await connect(this.#deps(step), this.#request("bob", device), never);
        device.open = true;
      },
      // The handshake fails, but the lease may be there.
      this.#mayLose(),
    );
  }

  #depart(): void {
    this.#withDevice((device) => {
      device.open = false;
      if (this.#losesDepartures && this.#choose(5) === 0) this.#lose();
      else this.#leave(device);
    });
  }

  #falselyForget(device: Device): void {
    this.#leave(device);
  }

  #leave({ connection }: Device): void {
    this.#tasks.start((step) => releaseLease(this.#deps(step), "bob", connection, never), this.#mayLose());
  }

  #lose(): void {
    this.departureLost = true;
  }

  #mayLose(): (() => void) | undefined {
    return this.#losesDepartures ? () => this.#lose() : undefined;
  }

  #ping(device: Device): void {
    // One still on its way when the connection ends may mend a lease that is nobody's.
    const ended = () => {
      if (!device.open) this.#lose();
    };
    this.#tasks.start(async (step) => {
      await ping(this.#deps(step), this.#request("bob", device), never);
      ended();
    }, ended);
  }

  #ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const asks: PresenceFrameRequest = { type: "presence", id: "r", users: ["bob"], watch: true };
    const about = { connection: "alice", connectedAtMs: this.#connectedAtMs };
    this.#tasks.start(
      async (step) => {
        const result = await queryPresence(this.#deps(step), this.#request("alice", about), asks, never);
        this.#isAsking = false;
        for (const known of result.users) this.#learn(known);
      },
      () => {
        this.#isAsking = false;
      },
    );
  }

  /** The queue of `presence` and that of `deliver` in one: no order, and sometimes a message twice. */
  #receive(): void {
    const visible = this.#queue.filter((message) => !this.#inFlight.has(message) || this.#choose(20) === 0);
    const message = visible[this.#choose(Math.max(1, visible.length))];
    if (message === undefined) return;
    this.#inFlight.add(message);
    this.#tasks.start(
      async (step) => {
        await this.#work(message, step);
        this.#queue = this.#queue.filter((other) => other !== message);
      },
      () => this.#inFlight.delete(message),
    );
  }

  async #work(message: PresenceMessage, step: Step): Promise<void> {
    const deps = this.#deps(step);
    if (message.type !== "presence.maybe-offline") return notifyWatchers(deps, message, never);
    const record = { id: "m", receiptHandle: "r", receiveCount: 1, body: JSON.stringify(message) };
    const failed = await confirmOfflineBatch(deps, [record]);
    // Too many changed Bob under it: it comes again.
    if (failed.length > 0) this.#queue.push({ ...message });
  }

  #learn(known: Known): void {
    const held = this.belief;
    const isNewer =
      held === undefined ||
      known.version > held.version ||
      (known.version === held.version && (known.expiresAtMs ?? 0) >= (held.expiresAtMs ?? 0));
    if (isNewer) this.belief = known;
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
          if (frame.type === "presence") this.#learn(frame);
          return "sent" as const;
        },
        close: () => Promise.resolve(),
      },
      logger: silent,
      metrics: uncounted,
    };
  }
}
