import { expect, test } from "vitest";
import type { Transport, TransportListener } from "../../../client/src/index.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { openDevice } from "../support/device.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { ModelServer } from "../support/model-server.ts";
import { settled } from "../support/wire.ts";

const UP_MS = 2_000;
const DOWN_MS = 1_000;
const LATENCY_MS = 40;
const MESSAGES = 300;
const EVERY_MS = 700;

/** A network that is up for a while and down for a while: then it cuts what is open, and refuses what opens. */
class FlappingNetwork {
  readonly #clock: ManualClock;
  readonly #sockets = new Set<() => void>();
  #isUp = true;

  constructor(clock: ManualClock) {
    this.#clock = clock;
    this.#flap();
  }

  transport(inner: Transport): Transport {
    return (url, protocols, listener) => {
      if (!this.#isUp) {
        let isReleased = false;
        this.#clock.after(LATENCY_MS, () => isReleased || listener.closed(new Error("refused")));
        return {
          send: () => {},
          close: () => {
            isReleased = true;
          },
        };
      }
      let isCut = false;
      const carry = (deliver: () => void) => void this.#clock.after(LATENCY_MS, () => isCut || deliver());
      const delayed: TransportListener = {
        opened: () => carry(() => listener.opened()),
        received: (text) => carry(() => listener.received(text)),
        closed: (cause) => carry(() => listener.closed(cause)),
      };
      const socket = inner(url, protocols, delayed);
      const close = () => {
        isCut = true;
        this.#sockets.delete(cut);
        socket.close();
      };
      const cut = () => {
        close();
        listener.closed(new Error("cut"));
      };
      this.#sockets.add(cut);
      return { send: (text) => carry(() => socket.send(text)), close };
    };
  }

  #flap(): void {
    this.#clock.after(this.#isUp ? UP_MS : DOWN_MS, () => {
      this.#isUp = !this.#isUp;
      if (!this.#isUp) for (const cut of this.#sockets) cut();
      this.#flap();
    });
  }
}

async function latenciesMs(seed: number): Promise<number[]> {
  const clock = new ManualClock();
  const random = new SeededRandom(seed);
  random.faultFree = true;
  const server = new ModelServer(clock, random);
  const network = new FlappingNetwork(clock);
  const { client } = openDevice({ url: "ws://model" }, "alice", {
    clock,
    random: random.next,
    transport: network.transport(server.transport("alice")),
    // Those of every application, instead of those of tests.
    timings: { reconnect: { baseMs: 250, capMs: 15_000 }, retry: { baseMs: 500, capMs: 15_000 } },
  });
  const latencies: number[] = [];
  const write = (left: number) => {
    if (left === 0) return;
    const sentAtMs = clock.nowMs();
    void client.send({ user: "bob" }, "hello").done.then(() => latencies.push(clock.nowMs() - sentAtMs));
    clock.after(EVERY_MS, () => write(left - 1));
  };
  write(MESSAGES);
  const endMs = clock.nowMs() + MESSAGES * EVERY_MS + 60_000;
  while (latencies.length < MESSAGES && clock.nowMs() < endMs) {
    clock.advance(clock.nextDueMs - clock.nowMs());
    await settled();
  }
  client.close();
  return latencies.sort((one, other) => one - other);
}

test(`on a network that is up for ${UP_MS} ms and down for ${DOWN_MS} ms, messages arrive within seconds`, async () => {
  const all = await Promise.all([1, 2, 3, 4, 5].map(latenciesMs));
  const latencies = all.flat().sort((one, other) => one - other);
  expect(latencies).toHaveLength(5 * MESSAGES);
  expect(latencies[Math.floor(0.95 * latencies.length)]).toBeLessThan(5_000);
});
