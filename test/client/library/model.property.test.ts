import { expect, test } from "vitest";
import { type Client, createClient, type Entry } from "../../../client/src/index.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { ModelServer } from "../support/model-server.ts";
import { conversationId } from "../support/server-log.ts";
import { settled } from "../support/wire.ts";

const SCHEDULES = 300;
const EVENTS = 200;
const CALM_MS = 15 * 60_000;
/** The pings of four devices, and the frames that were under way. */
const CALM_FRAMES = 150;
const USERS = ["alice", "bob", "carol"];
/** The first user has two devices. */
const DEVICE_USERS = ["alice", ...USERS];

interface Held {
  /** Seq of the last entry; undefined before the first one, which may have any seq. */
  seq: number | undefined;
  entries: Entry[];
}

interface Sent {
  readonly id: string;
  readonly conversation: string;
  outcome?: { seq: number } | { error: unknown };
}

/** A client with the entries an application would keep, and the mistakes found in its events. */
class ModelDevice {
  readonly name: string;
  readonly user: string;
  readonly client: Client;
  readonly held = new Map<string, Held>();
  readonly sent: Sent[] = [];
  readonly mistakes: string[] = [];

  constructor(name: string, user: string, server: ModelServer, clock: ManualClock, random: SeededRandom) {
    this.name = name;
    this.user = user;
    let ids = 0;
    this.client = createClient({
      user,
      url: "ws://model",
      // Expires so soon that connections are replaced all the time.
      token: async () =>
        random.faultFree ? "token" : { token: "token", expiresAtMs: clock.nowMs() + 75_000 },
      transport: server.transport(user),
      clock,
      random: random.next,
      newId: () => `${name}-${++ids}`,
    });
    this.client.on("reset", ({ conversation, seq }) => this.held.set(conversation, { seq, entries: [] }));
    this.client.on("entries", ({ conversation, entries }) => {
      for (const entry of entries) this.#hold(conversation, entry);
      // Applications answer from within a listener.
      if (random.fault(0.02)) this.sendTo(random);
    });
    this.client.on("rejected", ({ id, error }) => this.mistakes.push(`${id} rejected: ${error.code}`));
    this.client.on("error", ({ code }) => {
      if (code !== "unreachable") this.mistakes.push(`error ${code}`);
    });
  }

  sendTo(random: SeededRandom): void {
    const peer = random.oneOf(USERS.filter((user) => user !== this.user)) ?? this.user;
    const { id, done } = this.client.send({ user: peer }, "hello");
    const sent: Sent = { id, conversation: conversationId(this.user, peer) };
    this.sent.push(sent);
    done.then(
      ({ seq }) => {
        sent.outcome = { seq };
      },
      (error: unknown) => {
        sent.outcome = { error };
      },
    );
  }

  /** Checks that each seq comes once and in order, from where a reset said. */
  #hold(conversation: string, entry: Entry): void {
    const held = this.held.get(conversation) ?? { seq: undefined, entries: [] };
    this.held.set(conversation, held);
    if (held.seq !== undefined && entry.seq !== held.seq + 1) {
      this.mistakes.push(`${conversation}: ${entry.seq} came after ${held.seq}`);
    }
    held.seq = entry.seq;
    held.entries.push(entry);
  }
}

/** One run. The seed determines everything that happens in it. */
class Schedule {
  readonly random: SeededRandom;
  readonly clock = new ManualClock();
  readonly server: ModelServer;
  readonly devices: ModelDevice[];
  readonly mayRestore: boolean;
  restored = false;

  constructor(seed: number, mayRestore: boolean) {
    this.random = new SeededRandom(seed);
    this.mayRestore = mayRestore;
    this.server = new ModelServer(this.clock, this.random, true);
    this.devices = DEVICE_USERS.map(
      (user, index) => new ModelDevice(`${user}${index}`, user, this.server, this.clock, this.random),
    );
    for (const { client } of this.devices) client.connect();
  }

  async storm(): Promise<void> {
    for (let event = 0; event < EVENTS; event++) {
      await this.#step();
      this.#disturb();
    }
  }

  /** Returns how many frames the clients sent. */
  async calm(): Promise<number> {
    const { random, clock, server } = this;
    random.faultFree = true;
    const before = server.frameCount;
    const untilMs = clock.nowMs() + CALM_MS;
    // Otherwise a client that loops without time passing would keep the test here for ever.
    const isQuiet = () => server.frameCount - before <= CALM_FRAMES;
    while (clock.nowMs() < untilMs && isQuiet() && Number.isFinite(clock.nextDueMs)) await this.#step();
    return server.frameCount - before;
  }

  async close(): Promise<void> {
    for (const { client } of this.devices) client.close();
    await settled();
  }

  async #step(): Promise<void> {
    const { nextDueMs } = this.clock;
    // There may be no timer before the first promises have settled.
    if (Number.isFinite(nextDueMs)) this.clock.advance(nextDueMs - this.clock.nowMs());
    await settled();
  }

  #disturb(): void {
    const { random, server, devices } = this;
    const device = random.oneOf(devices);
    if (random.chance(0.25)) for (let texts = 1 + random.below(3); texts > 0; texts--) device?.sendTo(random);
    if (random.chance(0.02)) server.cutOne();
    if (random.chance(0.005)) server.silenceOne();
    if (random.chance(0.01)) server.forgetOne();
    if (this.mayRestore && random.chance(0.006)) {
      server.restore();
      this.restored = true;
    }
  }
}

function checkDevice({ name, user, client, held, sent, mistakes }: ModelDevice, server: ModelServer): void {
  expect(mistakes, name).toEqual([]);
  expect(client.state, name).toBe("online");
  expect(client.pending(), name).toEqual([]);
  for (const { id, outcome } of sent) expect(outcome, `${name} sent ${id}`).toHaveProperty("seq");
  for (const { id, members, entries } of server.logs) {
    if (!members.includes(user)) continue;
    const { seq, entries: shown } = held.get(id) ?? { seq: undefined, entries: [] };
    expect(seq, `last seq of ${name} in ${id}`).toBe(entries.length);
    const there = shown.map((entry) => entries[entry.seq - 1]?.id);
    expect(
      shown.map((entry) => entry.id),
      `entries of ${name} in ${id}`,
    ).toEqual(there);
  }
}

/** Checks that the entries of a device are in the log once, at the acknowledged seqs, in the order they were sent. */
function checkSends({ name, sent }: ModelDevice, server: ModelServer): void {
  for (const { id: conversation, entries } of server.logs) {
    const own = sent.filter((entry) => entry.conversation === conversation);
    const logged = entries.filter(({ id }) => id.startsWith(`${name}-`));
    expect(
      logged.map(({ id, seq }) => ({ id, seq })),
      `entries sent by ${name} to ${conversation}`,
    ).toEqual(own.map(({ id, outcome }) => ({ id, ...outcome })));
  }
}

/** A restore may lose an entry after its ack, but must not double one. */
function checkNoneTwice(server: ModelServer): void {
  for (const { entries } of server.logs) {
    const ids = entries.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
  }
}

async function run(seed: number, mayRestore: boolean): Promise<void> {
  const schedule = new Schedule(seed, mayRestore);
  const { devices, server, clock } = schedule;
  try {
    await schedule.storm();
    expect(await schedule.calm(), "frames after the storm").toBeLessThanOrEqual(CALM_FRAMES);
    for (const device of devices) checkDevice(device, server);
    checkNoneTwice(server);
    if (!schedule.restored) for (const device of devices) checkSends(device, server);
  } finally {
    await schedule.close();
  }
  const frames = server.frameCount;
  clock.advance(60 * 60_000);
  await settled();
  expect(server.frameCount, "frames after close").toBe(frames);
}

test.each([
  ["whatever goes wrong", false],
  ["even if backups are restored", true],
])("%s, every device ends up with the same log, each entry once and in order", async (_, mayRestore) => {
  for (let seed = 1; seed <= SCHEDULES / 2; seed++) {
    await run(seed, mayRestore).catch((error: unknown) => {
      throw new Error(`with seed ${seed}`, { cause: error });
    });
  }
});
