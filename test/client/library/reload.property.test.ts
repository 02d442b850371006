import { expect, test } from "vitest";
import { type Client, type ClientOptions, createClient } from "../../../client/src/index.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { MemoryStorage } from "../support/memory-storage.ts";
import { ModelServer } from "../support/model-server.ts";
import { conversationId } from "../support/server-log.ts";
import { settled } from "../support/wire.ts";

const SCHEDULES = 150;
const EVENTS = 150;
const CALM_MS = 15 * 60_000;
const PEERS = ["bob", "carol"];
const TABS = ["left", "right"];

interface Written {
  readonly id: string;
  readonly peer: string;
  readonly tab: string;
  /** The life of the tab that wrote it. */
  readonly life: number;
  /** True once it is stored, or acknowledged by the server. */
  isSafe: boolean;
}

/** A tab that is reloaded at any moment, so that pending work is lost. */
class Tab {
  readonly name: string;
  readonly #simulation: ReloadSimulation;
  #life = 0;
  #crash: () => void = () => {};
  client: Client;

  constructor(name: string, simulation: ReloadSimulation) {
    this.name = name;
    this.#simulation = simulation;
    this.client = this.#open();
  }

  write(): void {
    const { random, written, storage } = this.#simulation;
    const peer = random.oneOf(PEERS) ?? "bob";
    const sending = this.client.send({ user: peer }, "hello");
    const entry: Written = { id: sending.id, peer, tab: this.name, life: this.#life, isSafe: false };
    written.push(entry);
    storage.onStored(sending.id, () => {
      entry.isSafe = true;
    });
    sending.done.then(
      () => {
        entry.isSafe = true;
      },
      () => {},
    );
  }

  reload(): void {
    this.#crash();
    this.#life += 1;
    this.client = this.#open();
  }

  #open(): Client {
    const { random, clock, server, storage } = this.#simulation;
    const life = storage.life(async () => {
      // Writes take time, so that some are lost in a crash.
      if (random.fault(0.3)) await new Promise<void>((resolve) => clock.after(random.below(50), resolve));
    });
    let dead = false;
    const unlessDead = (run: () => void) => () => {
      if (!dead) run();
    };
    const transport: ClientOptions["transport"] = (url, protocols, listener) => {
      const socket = server.transport("alice")(url, protocols, {
        opened: unlessDead(() => listener.opened()),
        received: (text) => dead || listener.received(text),
        closed: (cause) => dead || listener.closed(cause),
      });
      sockets.add(socket);
      return {
        send: (text) => dead || socket.send(text),
        close: () => dead || socket.close(),
      };
    };
    const sockets = new Set<{ close(): void }>();
    let ids = 0;
    const name = `${this.name}-${this.#life}`;
    const client = createClient({
      user: "alice",
      url: "ws://model",
      token: async () => "token",
      transport,
      clock: { nowMs: () => clock.nowMs(), after: (delayMs, fire) => clock.after(delayMs, unlessDead(fire)) },
      random: random.next,
      newId: () => `${name}-${String(++ids).padStart(5, "0")}`,
      storage: life,
      delivered: false,
    });
    client.on("error", ({ code }) => {
      if (code !== "unreachable") this.#simulation.mistakes.push(`${name}: ${code}`);
    });
    client.on("rejected", ({ id, error }) => this.#simulation.mistakes.push(`${id}: ${error.code}`));
    client.connect();
    this.#crash = () => {
      dead = true;
      life.crash();
      for (const socket of sockets) socket.close();
    };
    return client;
  }
}

/** Reports when an entry is stored for the first time. */
class WatchedStorage extends MemoryStorage {
  readonly #watched = new Map<string, () => void>();

  onStored(id: string, stored: () => void): void {
    this.#watched.set(id, stored);
  }

  override wrote(value: string): void {
    for (const [id, stored] of this.#watched) {
      if (!value.includes(`"${id}"`) && !value.includes(`\\"${id}\\"`)) continue;
      stored();
      this.#watched.delete(id);
    }
  }
}

class ReloadSimulation {
  readonly random: SeededRandom;
  readonly clock = new ManualClock();
  readonly server: ModelServer;
  readonly storage = new WatchedStorage();
  readonly written: Written[] = [];
  readonly mistakes: string[] = [];
  readonly tabs: Tab[];

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.server = new ModelServer(this.clock, this.random);
    this.tabs = TABS.map((name) => new Tab(name, this));
  }

  async storm(): Promise<void> {
    for (let event = 0; event < EVENTS; event++) {
      await this.step();
      const tab = this.random.oneOf(this.tabs);
      if (this.random.chance(0.25)) tab?.write();
      if (this.random.chance(0.04)) tab?.reload();
      if (this.random.chance(0.02)) this.server.cutOne();
    }
  }

  async calm(): Promise<void> {
    this.random.faultFree = true;
    const untilMs = this.clock.nowMs() + CALM_MS;
    while (this.clock.nowMs() < untilMs && Number.isFinite(this.clock.nextDueMs)) await this.step();
  }

  async step(): Promise<void> {
    // A new tab begins before time passes: otherwise its storage would seem to hang.
    await settled();
    const { nextDueMs } = this.clock;
    if (Number.isFinite(nextDueMs)) this.clock.advance(nextDueMs - this.clock.nowMs());
    // The storage has promises of its own.
    for (let turn = 0; turn < 3; turn++) await settled();
  }
}

async function run(seed: number): Promise<number> {
  const simulation = new ReloadSimulation(seed);
  const { tabs, server, written, mistakes, storage } = simulation;
  try {
    await simulation.storm();
    await simulation.calm();
    expect(mistakes).toEqual([]);
    expect(
      tabs.map(({ client }) => client.state),
      "states",
    ).toEqual(["online", "online"]);
    expect(
      tabs.flatMap(({ client }) => client.pending()),
      "pending",
    ).toEqual([]);
    expect([...storage.pairs], "stored records").toEqual([]);
    const logged = server.logs.flatMap(({ entries }) => entries.map(({ id }) => id));
    expect(logged, "entries in the log, each once").toEqual([...new Set(logged)]);
    const safe = written.filter(({ isSafe }) => isSafe);
    expect(
      safe.filter(({ id }) => !logged.includes(id)),
      "stored and lost",
    ).toEqual([]);
    for (const { id: conversation, entries } of server.logs) {
      for (const tab of TABS) {
        for (const life of new Set(written.map((entry) => entry.life))) {
          const own = written.filter(
            (entry) =>
              entry.tab === tab &&
              entry.life === life &&
              conversationId("alice", entry.peer) === conversation,
          );
          const order = entries.flatMap(({ id }) => (own.some((entry) => entry.id === id) ? [id] : []));
          expect(order, `order of ${tab}, life ${life}`).toEqual([...order].sort());
        }
      }
    }
    return safe.length;
  } finally {
    for (const { client } of tabs) client.close();
    await settled();
  }
}

test("whenever a tab is reloaded, stored entries arrive once, in the order in which they were written", async () => {
  let safe = 0;
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    safe += await run(seed).catch((error: unknown) => {
      throw new Error(`with seed ${seed}`, { cause: error });
    });
  }
  expect(safe).toBeGreaterThan(10 * SCHEDULES);
}, 60_000);
