import type { ClientOptions, ClientStorage } from "../../../client/src/index.ts";
import { type Device, openDevice } from "./device.ts";
import { ManualClock } from "./manual-clock.ts";
import { MemoryStorage } from "./memory-storage.ts";
import { type FarEnd, Wire } from "./wire.ts";
import { WITH_BOB } from "./with-bob.ts";

interface Tab extends Device {
  /** Ends the life of the tab in the shared storage, and everything it would still have done. */
  crash(): void;
}

/** Tabs, or lives of one tab, that share a storage. */
export class Tabs {
  readonly wire = new Wire();
  readonly clock = new ManualClock();
  readonly shared = new MemoryStorage();
  readonly #devices: Device[] = [];

  open(user = "alice", options: Partial<ClientOptions> & { storage?: ClientStorage } = {}): Tab {
    const { clock, wire } = this;
    const life = this.shared.life();
    let crashed = false;
    const transport: ClientOptions["transport"] = (url, protocols, listener) =>
      wire.transport(url, protocols, {
        opened: () => crashed || listener.opened(),
        received: (text) => crashed || listener.received(text),
        closed: (cause) => crashed || listener.closed(cause),
      });
    const device = openDevice(wire, user, { transport, clock, random: () => 0.5, storage: life, ...options });
    this.#devices.push(device);
    const crash = () => {
      crashed = true;
      life.crash();
    };
    return { ...device, crash };
  }

  close(): void {
    for (const { client } of this.#devices) client.close();
  }
}

/** The texts that were sent over a connection. */
export const sentTexts = (end: FarEnd) =>
  end.of("send").flatMap(({ entries }) => entries.map(({ body }) => (body as { text: string }).text));

/** Acknowledges the entries of the last frame, from this seq on. */
export const ackLast = (end: FarEnd, firstSeq: number) =>
  end.push({
    type: "ack",
    conversation: WITH_BOB,
    epoch: 1,
    entries: (end.of("send").at(-1)?.entries ?? []).map(({ id }, index) => ({
      id,
      seq: firstSeq + index,
      sentAtMs: 1,
    })),
  });
