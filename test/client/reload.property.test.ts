import { expect, test } from "vitest";
import { type Client, type ClientOptions, createClient } from "../../client/src/index.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { MemoryStorage } from "./support/memory-storage.ts";
import { ModelServer } from "./support/model-server.ts";
import { conversationId } from "./support/server-log.ts";
import { settled } from "./support/wire.ts";

const SCHEDULES = 150;
const EVENTS = 150;
const CALM_MS = 15 * 60_000;
const PEERS = ["bob", "carol"];
const TABS = ["left", "right"];

interface Written {
  readonly id: string;
  readonly peer: string;
  readonly tab: string;
  /** Written by this life of the tab. */
  readonly life: number;
  /** The storage had it, or the server has acknowledged it. */
  isSafe: boolean;
}

/** A tab that is reloaded now and then in the middle of anything: what it was about to do does not happen. */
class Tab {
  readonly name: string;
  readonly #world: World;
  #life = 0;
  #crash: () => void = () => {};
  client: Client;

  constructor(name: string, world: World) {
    this.name = name;
    this.#world = world;
    this.client = this.#open();
  }

  write(): void {
    const { random, written, storage } = this.#world;
    const peer = random.oneOf(PEERS) ?? "bob";
    const sending = this.client.send({ user: peer }, "hello");
    const entry: Written = { id: sending.id, peer, tab: this.name, life: this.#life, isSafe: false };
    written.push(entry);
    storage.onKept(sending.id, () => {
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
    const { random, clock, server, storage } = this.#world;
    const life = storage.life(async () => {
      // Writes take their time, so that a crash comes before some of them.
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
      if (code !== "unreachable") this.#world.wrongs.push(`${name}: ${code}`);
    });
    client.on("rejected", ({ id, error }) => this.#world.wrongs.push(`${id}: ${error.code}`));
    client.connect();
    this.#crash = () => {
      dead = true;
      life.crash();
      for (const socket of sockets) socket.close();
    };
    return client;
  }
}

/** Tells when an entry is in the storage for the first time. */
class WatchedStorage extends MemoryStorage {
  readonly #watched = new Map<string, () => void>();

  onKept(id: string, kept: () => void): void {
    this.#watched.set(id, kept);
  }

  override wrote(value: string): void {
    for (const [id, kept] of this.#watched) {
      if (!value.includes(`"${id}"`) && !value.includes(`\\"${id}\\"`)) continue;
      kept();
      this.#watched.delete(id);
    }
  }
}

class World {
  readonly random: SeededRandom;
  readonly clock = new ManualClock();
  readonly server: ModelServer;
  readonly storage = new WatchedStorage();
  readonly written: Written[] = [];
  readonly wrongs: string[] = [];
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
    const { nextDueMs } = this.clock;
    if (Number.isFinite(nextDueMs)) this.clock.advance(nextDueMs - this.clock.nowMs());
    // A storage answers in promises of its own.
    for (let turn = 0; turn < 3; turn++) await settled();
  }
}

async function run(seed: number): Promise<number> {
  const world = new World(seed);
  const { tabs, server, written, wrongs, storage } = world;
  try {
    await world.storm();
    await world.calm();
    expect(wrongs).toEqual([]);
    expect(
      tabs.map(({ client }) => client.state),
      "states",
    ).toEqual(["online", "online"]);
    expect(
      tabs.flatMap(({ client }) => client.pending()),
      "pending",
    ).toEqual([]);
    expect([...storage.pairs], "what is kept").toEqual([]);
    const logged = server.logs.flatMap(({ entries }) => entries.map(({ id }) => id));
    expect(logged, "entries in the log, each once").toEqual([...new Set(logged)]);
    const safe = written.filter(({ isSafe }) => isSafe);
    expect(
      safe.filter(({ id }) => !logged.includes(id)),
      "kept and lost",
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

test("whenever a tab is reloaded, what was kept arrives, once, and in the order in which it was written", async () => {
  let safe = 0;
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    safe += await run(seed).catch((error: unknown) => {
      throw new Error(`with seed ${seed}`, { cause: error });
    });
  }
  expect(safe).toBeGreaterThan(10 * SCHEDULES);
}, 60_000);
