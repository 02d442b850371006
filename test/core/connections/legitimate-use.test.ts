import { afterEach, expect, test } from "vitest";
import { type Client, createClient, type Transport } from "../../../client/src/index.ts";
import { answerCommand } from "../../../functions/core/command.ts";
import type { Request } from "../../../functions/core/request.ts";
import type { Entry } from "../../../protocol/index.ts";
import { ManualClock } from "../../client/support/manual-clock.ts";
import { eventually } from "../../support/eventually.ts";
import type { MemoryStore } from "../../support/memory-ports.ts";
import { commandDeps, signal, storeWithLogs } from "../support/command-setup.ts";

/**
 * The client library in front of the real core, with no network in between: whatever a device sends comes at once, on a
 * clock that only the test moves, so that nothing refills its budget meanwhile.
 */
class Server {
  readonly clock = new ManualClock();
  readonly refused: string[] = [];
  readonly sent: string[] = [];
  #deps = commandDeps(storeWithLogs([], { tailLength: 0, segmentLength: 1 }).store);
  #connections = 0;
  #cut: () => void = () => undefined;

  readonly transport: Transport = (_url, _protocols, listener) => {
    const connection = `c${++this.#connections}`;
    let isOpen = true;
    queueMicrotask(() => listener.opened());
    this.#cut = () => {
      isOpen = false;
      listener.closed(new Error("cut"));
    };
    const answer = async (text: string) => {
      const frame = await answerCommand(this.#deps, this.#request(connection, text), signal);
      if (frame?.type === "error") this.refused.push(`${text.slice(0, 80)}: ${frame.error.code}`);
      if (frame !== undefined && isOpen) listener.received(JSON.stringify(frame));
    };
    const send = (text: string) => {
      this.sent.push((JSON.parse(text) as { type: string }).type);
      void answer(text);
    };
    const close = () => {
      isOpen = false;
    };
    return { send, close };
  };

  holds(logs: readonly (readonly Entry[])[]): MemoryStore {
    const now = () => this.clock.nowMs();
    const { store } = storeWithLogs(logs, { tailLength: 1, segmentLength: 25, now });
    this.#deps = commandDeps(store, { now });
    return store;
  }

  cut(): void {
    this.#cut();
  }

  #request(connection: string, text: string): Request {
    const nowMs = this.clock.nowMs();
    const times = { receivedAtMs: nowMs, connectedAtMs: nowMs, tokenExpiresAtMs: nowMs + 3_600_000 };
    return {
      user: "alice",
      connection,
      device: undefined,
      messageId: "m",
      text,
      tokenIssuedAtMs: nowMs,
      ...times,
    };
  }
}

const devices: Client[] = [];
afterEach(() => {
  for (const device of devices.splice(0)) device.close();
});

function openDevice(server: Server): { client: Client; entries: () => number } {
  let entries = 0;
  const client = createClient({
    user: "alice",
    url: "ws://server",
    token: async () => "token",
    transport: server.transport,
    clock: server.clock,
  });
  client.on("entries", (event) => {
    entries += event.entries.length;
  });
  devices.push(client);
  client.connect();
  return { client, entries: () => entries };
}

const TEXT = "x".repeat(300);

/** Logs of this many conversations, with this many entries each. */
function logs(conversations: number, length: number): Entry[][] {
  return Array.from({ length: conversations }, (_, friend) =>
    Array.from({ length }, (_, index) => ({
      seq: index + 1,
      id: `e${index}`,
      sender: `friend ${friend}`,
      kind: "text",
      body: { text: TEXT },
      sentAtMs: index,
    })),
  );
}

test.each([
  ["in one conversation", 1, 10_001],
  ["in a thousand conversations", 1_000, 11],
])(
  "a device that has missed 10 000 entries %s catches up without being refused",
  async (_, count, length) => {
    const server = new Server();
    server.holds(logs(count, 1));
    const device = openDevice(server);
    const online = () => eventually("the device to be in sync", () => device.client.state === "online");
    await online();
    expect(device.client.conversations).toHaveLength(count);
    const known = device.entries();

    server.holds(logs(count, length));
    server.cut();
    server.clock.advance(20_000);
    await online();
    expect(device.entries()).toBeGreaterThanOrEqual(known + (count === 1 ? 10_000 : 10 * count));
    // The receipts of what has come.
    server.clock.advance(3_000);
    await eventually("some receipts", () => server.sent.includes("delivered"));
    expect(server.refused).toEqual([]);
  },
);
